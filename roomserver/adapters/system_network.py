"""The machine's address on the network that it is in."""

import socket
from typing import Final

_FAR_AWAY: Final = (
    (socket.AF_INET, "192.0.2.1"),
    (socket.AF_INET6, "2001:db8::1"),
)
"""Addresses of nobody (RFC 5737, RFC 3849), beyond whatever router there is."""


def network_address() -> str | None:
    """
    Return the address under which others on the network see this machine, if there is one.

    Nothing is sent: a datagram socket that is told whom it is for only looks up the way.
    """
    for family, far_away in _FAR_AWAY:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((far_away, 9))
                address = str(probe.getsockname()[0])
        except OSError:
            continue
        if address not in ("0.0.0.0", "::"):  # noqa: S104 - compared with, not listened on
            return address
    return None
