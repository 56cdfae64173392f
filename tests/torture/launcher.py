"""
Runs roomserver with fail-points in its code and, if asked to, with something vital broken.

    python -m tests.torture.launcher [--sabotage NAME] …options of roomserver…

The zipapp is run the same way, from its own code: ``SHIV_ENTRY_POINT`` names :func:`main`.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

from tests.torture import failpoints, gauge, sabotage


def main() -> None:
    """Change the server's code in memory, then be the server."""
    if sys.argv[1:2] == ["--sabotage"]:
        name = sys.argv[2]
        del sys.argv[1:3]
        sabotage.SABOTAGES[name]()
    failpoints.install()
    gauge.install()
    if find_spec("preamble") is not None:
        _be_zipapp()
    else:
        from roomserver.__main__ import main as be_roomserver

        be_roomserver()


def _be_zipapp() -> None:
    import preamble

    import roomserver

    # Else the run would prove something of the source that happens to lie about.
    unpacked: Path = preamble._unpacked()
    if not Path(roomserver.__file__).is_relative_to(unpacked):
        sys.exit(f"{roomserver.__file__} is not in the zipapp, which is in {unpacked}")
    preamble.run()


if __name__ == "__main__":
    main()
