"""What a load consists of, before any of it is put on a server."""

import ipaddress
import secrets
from typing import Final

from msgspec import Struct, field

from roomserver.cli.chat.address import Address

USER_ID_FIRST: Final = 900_000_001
"""Numbers of the people of a load, far from anybody's."""

MESSAGES_MAX: Final = 200_000


class Plan(Struct, frozen=True, kw_only=True):
    """How many speak where, how often and how long."""

    address: Address
    connections: int = 50
    rooms: int = 1
    rate: float = 20.0
    """Messages a second, from all together."""

    seconds: float = 10.0
    chars: int = 100
    run: str = field(default_factory=lambda: secrets.token_hex(3))
    """What the rooms of this run are called after, so that no other run is in them."""

    def __post_init__(self) -> None:
        if self.rooms > self.connections:
            raise ValueError("There can't be more rooms than connections: each has somebody in it.")
        if self.messages > MESSAGES_MAX:
            raise ValueError(
                f"That would be {self.messages:,} messages; {MESSAGES_MAX:,} are the most. "
                "Lower --rate or --duration."
            )

    @property
    def messages(self) -> int:
        return max(1, int(self.rate * self.seconds))

    @property
    def is_here(self) -> bool:
        """Whether the server is on this machine, where nobody else is disturbed."""
        host = self.address.host.rpartition(":")[0] or self.address.host
        try:
            return ipaddress.ip_address(host.strip("[]")).is_loopback
        except ValueError:
            return host == "localhost"

    @property
    def warning(self) -> str:
        first, rooms = self.room_of(0), self.rooms
        where = f"the room {first}" if rooms == 1 else f"the rooms {first} … {self.room_of(-1)}"
        return (
            f"This writes {self.messages:,} messages into {where} on {self.address.host}, "
            f"from {self.connections:,} connections in {self.seconds:g} s. They stay there."
        )

    def room_of(self, connection: int) -> str:
        """Return the room of a connection; they are spread evenly, and -1 is in the last one."""
        return f"bench-{self.run}-{connection % self.rooms + 1}"

    def query_of(self, connection: int) -> dict[str, str]:
        """Say who a connection is, unless the address has a token that says so."""
        query = {"history": "0"}
        if "token" not in self.address.query:
            query |= {
                "user_id": str(USER_ID_FIRST + connection),
                "username": f"bench {connection + 1}",
            }
        return query
