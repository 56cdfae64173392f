"""
Names and passwords of accounts.

In open mode a name is what somebody says. Here it stands for one person, so nobody may
take one that a reader would take for another's: names are compared by their skeletons.
"""

import unicodedata
from typing import Final

from roomserver.core.errors import InvalidEvent
from roomserver.core.skeletons import skeleton_of
from roomserver.core.text import RESERVED_NAMES, check_username

PASSWORD_CHARS_MIN: Final = 10
PASSWORD_CHARS_MAX: Final = 256

_RESERVED: Final = RESERVED_NAMES | {
    "admin",
    "administrador",
    "administrator",
    "all",
    "anonymous",
    "channel",
    "guest",
    "help",
    "mod",
    "moderador",
    "moderator",
    "null",
    "owner",
    "root",
    "security",
    "soporte",
    "staff",
    "support",
    "todos",
}


def check_account_name(username: str) -> str:
    """
    Return *username* as an account may have it, tidied.

    Raises:
        InvalidEvent: If nobody could read it, or it is reserved.

    """
    name = check_username(username)
    if skeleton_of(name) in _RESERVED_SKELETONS:
        raise InvalidEvent(f"username can't be {name!r}: that name is reserved.", field="username")
    return name


def name_taken(username: str) -> InvalidEvent:
    """Return the refusal of a name that is another's, or that a reader would take for it."""
    return InvalidEvent(
        f"username can't be {username!r}: it is taken, or looks like one that is.",
        field="username",
    )


def check_password(password: str, *, username: str) -> str:
    """
    Return *password* as it is hashed: in one form, whatever keyboard it was typed on.

    Raises:
        InvalidEvent: If it is too short, too long, or too easily guessed.

    """
    normal = normal_password(password)
    if not PASSWORD_CHARS_MIN <= len(normal) <= PASSWORD_CHARS_MAX:
        raise InvalidEvent(
            f"password must have {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters.",
            field="password",
        )
    if len(set(normal)) < 4 or skeleton_of(normal) == skeleton_of(username):
        raise InvalidEvent("password is too easy to guess; choose another.", field="password")
    return normal


def normal_password(password: str) -> str:
    """Return *password* in Unicode's composed form, without what no keyboard types."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()


_RESERVED_SKELETONS: Final = frozenset(map(skeleton_of, _RESERVED))
