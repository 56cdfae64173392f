"""How a room is named in an address: by its number (``/ws/1``) or its slug (``/ws/general``)."""

import re
import unicodedata
from typing import Final

from roomserver.core.errors import InvalidEvent, RoomNotFound
from roomserver.core.model import INTEGER_MAX, RoomId
from roomserver.core.text import is_blank

RESERVED_SLUGS: Final = frozenset({"stats"})
"""``/ws/stats`` is an address of its own."""

ROOM_NAME_CHARS_MAX: Final = 80
DESCRIPTION_CHARS_MAX: Final = 280
SLUG_CHARS_MAX: Final = 64

MADE_BY_NUMBER_MAX: Final = 2**31 - 1
"""The largest number that makes a room on first use; numbers that the server gives come after."""

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)
_SLUG: Final = re.compile(rf"(?!\d+$)[a-z0-9][a-z0-9_-]{{0,{SLUG_CHARS_MAX - 1}}}", re.ASCII)


def parse_room(text: str) -> RoomId | str:
    """
    Read the room part of an address, after percent-decoding. A slug is read in lower case.

    Raises:
        RoomNotFound: If no room can have that address.

    """
    if _NUMBER.fullmatch(text) and int(text) <= INTEGER_MAX:
        return RoomId(int(text))
    slug = text.lower() if text.isascii() else text
    if _SLUG.fullmatch(slug) and slug not in RESERVED_SLUGS:
        return slug
    raise RoomNotFound


def check_room_name(name: str) -> str:
    """
    Return *name* on one line, without the white space around it.

    Raises:
        InvalidEvent: If it is empty, too long, or holds characters that can't be printed.

    """
    tidy = unicodedata.normalize("NFC", " ".join(name.split()))
    if is_blank(tidy) or not tidy.isprintable():
        raise InvalidEvent("name must be a line of visible text.", field="name")
    if len(tidy) > ROOM_NAME_CHARS_MAX:
        raise InvalidEvent(f"name may have {ROOM_NAME_CHARS_MAX} characters.", field="name")
    return tidy


def check_slug(slug: str) -> str:
    """
    Return *slug* in lower case.

    Raises:
        InvalidEvent: If no room can have it in its address.

    """
    try:
        address = parse_room(slug)
    except RoomNotFound:
        address = RoomId(0)
    if not isinstance(address, str):
        raise InvalidEvent(
            "slug may have letters a to z, digits, - and _; it begins with a letter or digit, "
            f"isn't all digits, and has {SLUG_CHARS_MAX} characters at most.",
            field="slug",
        )
    return address


def check_description(description: str) -> str:
    """
    Return *description* on one line; it may be empty.

    Raises:
        InvalidEvent: If it is too long or holds characters that can't be printed.

    """
    tidy = unicodedata.normalize("NFC", " ".join(description.split()))
    if not tidy.isprintable():
        raise InvalidEvent("description must be visible text.", field="description")
    if len(tidy) > DESCRIPTION_CHARS_MAX:
        raise InvalidEvent(
            f"description may have {DESCRIPTION_CHARS_MAX} characters.", field="description"
        )
    return tidy


def slug_of(name: str) -> str:
    """Make a slug from a room's name: ``Café & Co`` → ``cafe-co``; ``room`` if nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_CHARS_MAX].rstrip("-")
    if not _SLUG.fullmatch(slug) or slug in RESERVED_SLUGS:
        return f"room-{slug}"[:SLUG_CHARS_MAX].rstrip("-")
    return slug


def name_of(slug: str) -> str:
    """Make a name from a slug: ``book-club`` → ``Book club``."""
    words = re.sub(r"[-_]+", " ", slug).strip()
    return (words[:1].upper() + words[1:]) or slug
