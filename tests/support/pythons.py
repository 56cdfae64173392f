"""The Pythons of this machine that the server supports, one of each version."""

import shutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.packages import answers

SUPPORTED = ("3.11", "3.12", "3.13", "3.14")
TELL_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


@cache
def supported_pythons() -> dict[str, str]:
    """Return the path of each by its version; the one that runs the tests is among them."""
    found = {f"{sys.version_info.major}.{sys.version_info.minor}": sys.executable}
    for python in _candidates():
        found.setdefault(answers(python, "-c", TELL_VERSION), str(python))
    return {version: found[version] for version in SUPPORTED if version in found}


def _candidates() -> Iterator[Path]:
    for version in SUPPORTED:
        on_the_path = shutil.which(f"python{version}")
        yield from [Path(on_the_path)] if on_the_path else []
        yield from Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python")
        yield Path(f"/usr/bin/python{version}")
