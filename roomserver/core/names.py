"""
Names and passwords of accounts.

In open mode a name is what somebody says. Here it stands for one person, so nobody may
take one that a reader would take for another's: names are compared by their skeletons, in
which letters that look alike are one (after Unicode's UTS 39, with a small table of ours).
"""

import unicodedata
from typing import Final

from roomserver.core.errors import InvalidEvent
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

_ALIKE: Final = str.maketrans(
    {
        # Latin letters and digits
        "0": "o", "1": "l", "i": "l", "ı": "l", "|": "l", "!": "l", "5": "s", "$": "s", "8": "b",
        "ɑ": "a", "ɡ": "g", "ƅ": "b", "ß": "b", "ſ": "f", "ʋ": "v", "ɩ": "l", "ł": "l", "ø": "o",
        "@": "a", "3": "e",
        # Cyrillic
        "а": "a", "в": "b", "г": "r", "д": "d", "е": "e", "ё": "e", "з": "e", "і": "l", "ї": "l",
        "ј": "j", "к": "k", "ӏ": "l", "м": "m", "н": "h", "о": "o", "п": "n", "р": "p", "с": "c",
        "ѕ": "s", "т": "t", "у": "y", "ү": "y", "х": "x", "һ": "h", "ԁ": "d", "ԛ": "q", "ԝ": "w",
        "ь": "b", "б": "b", "ч": "y",
        # Greek
        "α": "a", "β": "b", "γ": "y", "ε": "e", "η": "n", "ι": "l", "κ": "k", "μ": "u", "ν": "v",
        "ο": "o", "ρ": "p", "σ": "o", "ς": "c", "τ": "t", "υ": "u", "χ": "x", "ω": "w", "ζ": "z",
        # Armenian and others
        "օ": "o", "ո": "n", "ս": "u", "հ": "h", "ց": "g", "զ": "q", "ա": "w", "ｏ": "o", "٥": "o",
        "ᴀ": "a", "ᴄ": "c", "ᴅ": "d", "ᴇ": "e", "ɢ": "g", "ʜ": "h", "ɪ": "l", "ᴊ": "j", "ᴋ": "k",
        "ʟ": "l", "ᴍ": "m", "ɴ": "n", "ᴏ": "o", "ᴘ": "p", "ʀ": "r", "ꜱ": "s", "ᴛ": "t", "ᴜ": "u",
        "ᴠ": "v", "ᴡ": "w", "ʏ": "y", "ᴢ": "z",
        # Signs that are drawn alike
        "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-", "_": "-", "·": ".", "’": "'", "ʼ": "'",
        "`": "'", "´": "'",
    }
)  # fmt: skip


_CAPITALS_ALIKE: Final = str.maketrans("ΗΜΝΥΒΖΡΧВНРСУХ", "HMNYBZPXBHPCYX")
"""Capitals of the Greek and Cyrillic alphabets whose small letters look like other ones."""


def skeleton_of(username: str) -> str:
    """Return what a reader sees in *username*: names with the same skeleton look alike."""
    compatible = unicodedata.normalize("NFKC", username)
    folded = compatible.translate(_CAPITALS_ALIKE).casefold()
    # A letter of another script may carry the same accent: it is looked up without it.
    apart = unicodedata.normalize("NFD", folded).translate(_ALIKE)
    pairs = apart.replace("rn", "m").replace("vv", "w").replace("cl", "d")
    return unicodedata.normalize("NFC", "".join(pairs.split()))


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
