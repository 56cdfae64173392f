"""
What may be said, and under which name.

Text is kept as it was written: it is the page's and the terminal's business to show it
harmlessly. Refused is only what no store or reader could carry, or nobody could see.
"""

import unicodedata
from typing import Final

from roomserver.core.errors import EmptyMessage, InvalidEvent, MessageTooLong
from roomserver.core.limits import Limits
from roomserver.core.skeletons import skeleton_of

USERNAME_CHARS_MAX: Final = 64
CLIENT_ID_CHARS_MAX: Final = 64
EMOJI_CHARS_MAX: Final = 32
"""A family with skin colours has eleven code points; a flag of a region seven."""

RESERVED_NAMES: Final = frozenset({"everyone", "here", "roomserver", "server", "system"})
"""Names under which a person could speak as the server, or be taken for all of us."""

_RESERVED_SKELETONS: Final = frozenset(map(skeleton_of, RESERVED_NAMES))

_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that are drawn as nothing: Hangul fillers, the empty Braille cell."""

_UNSEEN_IN_EMOJI: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Of the formats (Cf), a flag is made of tags and a family of joiners: only bidi is refused."""

_BIDI: Final = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks and overrides of the direction of text: they reach beyond the reaction itself."""

_JOINERS: Final = frozenset("\u200c\u200d")
"""They make one emoji of several, and shape Persian; on a terminal they move nothing."""

_UNSEEN_IN_NAMES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, bidi and zero-width formats, surrogates, private and unassigned, line separators."""


def check_content(content: str, limits: Limits) -> str:
    """
    Return *content* as it is to be stored: unchanged.

    Raises:
        EmptyMessage: If there is nothing to see in it.
        MessageTooLong: If it has too many characters or bytes.
        InvalidEvent: If it holds a NUL or half of a surrogate pair.

    """
    if len(content) > limits.message_chars_max:
        raise MessageTooLong(len(content), limits.message_chars_max, "characters")
    if "\0" in content:
        raise InvalidEvent("content holds a NUL character; take it out.", field="content")
    if is_blank(content):
        raise EmptyMessage
    if not content.isascii():
        size_bytes = _utf8_size_bytes(content)
        if size_bytes > limits.message_bytes_max:
            raise MessageTooLong(size_bytes, limits.message_bytes_max, "bytes")
    elif len(content) > limits.message_bytes_max:
        raise MessageTooLong(len(content), limits.message_bytes_max, "bytes")
    return content


def check_client_id(client_id: str) -> str:
    """
    Return *client_id* unchanged.

    Raises:
        InvalidEvent: If it is empty, too long, or holds characters that can't be printed.

    """
    if not 1 <= len(client_id) <= CLIENT_ID_CHARS_MAX or not client_id.isprintable():
        raise InvalidEvent(
            f"client_id must have 1 to {CLIENT_ID_CHARS_MAX} printable characters.",
            field="client_id",
        )
    return client_id


def check_emoji(emoji: str) -> str:
    """
    Return *emoji* unchanged.

    Raises:
        InvalidEvent: If it is empty, too long for one, or can't be seen.

    """
    if not 1 <= len(emoji) <= EMOJI_CHARS_MAX or is_blank(emoji):
        raise InvalidEvent("emoji must be one emoji, or a few letters.", field="emoji")
    if any(char in _BIDI or unicodedata.category(char) in _UNSEEN_IN_EMOJI for char in emoji):
        raise InvalidEvent("emoji must be characters that can be seen.", field="emoji")
    return emoji


def check_username(username: str) -> str:
    """
    Return *username* without the white space around it, in Unicode's composed form (NFC).

    Raises:
        InvalidEvent: If nobody could read it, or it is not a person's.

    """
    name = unicodedata.normalize("NFC", username.strip())
    if not name or is_blank(name):
        raise _refused_name("is empty; say who you are, for example username=Ana.")
    if len(name) > USERNAME_CHARS_MAX:
        raise _refused_name(f"may have {USERNAME_CHARS_MAX} characters, this one has {len(name)}.")
    if any(unicodedata.category(char) in _UNSEEN_IN_NAMES for char in name):
        raise _refused_name("holds characters that can't be seen; leave them out.")
    if skeleton_of(name) in _RESERVED_SKELETONS:
        raise _refused_name(f"can't be {name!r}: that name is the server's own; choose another.")
    return name


def is_blank(text: str) -> bool:
    """Say whether a reader would see nothing: only white space, zero-width and fillers."""
    if "!" <= text[:1] <= "~":
        return False  # Most texts begin with something that needs no second look.
    return all(_is_unseen(char) for char in text)


def without_controls(text: str) -> str:
    """Return *text* on one line, with nothing in it that moves a terminal's cursor or colour."""
    if text.isprintable():
        return text
    return "".join(char if _is_harmless(char) else " " for char in text)


def _is_unseen(char: str) -> bool:
    return (
        char.isspace() or char in _BLANK_LETTERS or unicodedata.category(char) in ("Cc", "Cf", "Mn")
    )


def _is_harmless(char: str) -> bool:
    return char.isprintable() or char in _JOINERS or unicodedata.category(char) in ("Co", "Zs")


def _utf8_size_bytes(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise InvalidEvent(
            "content holds half of a surrogate pair; send whole characters.", field="content"
        ) from None


def _refused_name(reason: str) -> InvalidEvent:
    return InvalidEvent(f"username {reason}", field="username")
