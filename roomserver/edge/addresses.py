"""Network addresses: read, compared, counted."""

import ipaddress
from collections.abc import Sequence


def read_address(text: str) -> str | None:
    """Read an address, with or without a port, in the one form that is compared and counted."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # An address of IPv4 comes in this form where both are listened to by one socket.
    return str(getattr(address, "ipv4_mapped", None) or address)


def is_in(address: str, networks: Sequence[str]) -> bool:
    """Say whether *address* lies in one of *networks*."""
    try:
        return any(ipaddress.ip_address(address) in ipaddress.ip_network(n) for n in networks)
    except ValueError:
        return False


def counted_as(address: str) -> str:
    """Return what *address* is counted as: in IPv6, whoever has one has its network of 64 bits."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False))
