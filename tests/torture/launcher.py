"""
Runs roomserver with fail-points in its code and, if asked to, with something vital broken.

    python -m tests.torture.launcher [--sabotage NAME] …options of roomserver…
"""

import sys

from tests.torture import failpoints, sabotage


def main() -> None:
    """Change the server's code in memory, then be the server."""
    if sys.argv[1:2] == ["--sabotage"]:
        name = sys.argv[2]
        del sys.argv[1:3]
        sabotage.SABOTAGES[name]()
    failpoints.install()
    from roomserver.__main__ import main as be_roomserver

    be_roomserver()


if __name__ == "__main__":
    main()
