"""Who somebody is who hasn't said so: the same person every time, without keeping a file."""

import getpass
import hashlib
import platform
from typing import Final

_FIRST_ID: Final = 2**48
"""Far above the numbers that people choose by hand, and below 2^53 with all that follow."""


def login_name() -> str:
    """Return the name that somebody has on this machine, or ``guest``."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "guest"  # a container's nameless user


def stable_user_id(username: str) -> int:
    """Return a number that only this person on this machine is likely to have under this name."""
    who = f"{username}\0{login_name()}\0{platform.node()}"
    digest = hashlib.sha256(who.encode(errors="replace")).digest()
    return _FIRST_ID + int.from_bytes(digest[:6], "big")
