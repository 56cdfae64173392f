"""What one instance consists of, once everything is open, and how it says goodbye."""

import asyncio
from dataclasses import dataclass
from random import Random
from typing import Final

from roomserver.core import events, wire
from roomserver.core.errors import CLOSE_RESTART
from roomserver.core.frame import Bundle
from roomserver.core.limits import Limits
from roomserver.service.accounts import Accounts
from roomserver.service.admission import Admission
from roomserver.service.archive import Archive
from roomserver.service.attendance import Attendance
from roomserver.service.condition import Condition
from roomserver.service.health import Health
from roomserver.service.hub import Hub
from roomserver.service.identity import Identity
from roomserver.service.invitations import RoomInvitations
from roomserver.service.journal import Journal
from roomserver.service.moderation import Moderation
from roomserver.service.programs import Programs
from roomserver.service.refusals import Refusals
from roomserver.service.register import Register
from roomserver.service.revocation import Revocations
from roomserver.service.rights import Rights
from roomserver.service.rooms import Rooms
from roomserver.service.search import Search
from roomserver.service.stats import Stats
from roomserver.service.tasks import Supervisor
from roomserver.service.visit import VisitServices

SETTLE_S_MAX: Final = 5.0
"""How long what was posted before the goodbye may take to be stored."""

COME_BACK_MS: Final = (200, 3_000)
"""Clients are asked to come back at different moments, so that the next instance isn't stormed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The services, for the edge."""

    rooms: Rooms
    archive: Archive
    attendance: Attendance
    register: Register
    admission: Admission
    refusals: Refusals
    health: Health
    hub: Hub
    journal: Journal
    search: Search
    limits: Limits
    stats: Stats
    supervisor: Supervisor
    visits: VisitServices
    condition: Condition
    revocations: Revocations
    identity: Identity
    accounts: Accounts | None
    """None where nobody has one."""

    programs: Programs
    rights: Rights
    moderation: Moderation
    invitations: RoomInvitations

    @property
    def is_ready(self) -> bool:
        """Whether new connections are welcome here."""
        return self.admission.is_open and self.condition.is_ok("database")

    async def drain(self, random: Random) -> None:
        """Let nobody in, acknowledge what was sent, and ask everyone to come back soon."""
        self.admission.close()
        self.hub.close()
        for member in (member for member in self.hub.members() if member.is_live):
            # Whoever still reads its history hears the goodbye only: `connected` comes first.
            hint = events.Draining(
                reconnect_after_ms=random.randint(*COME_BACK_MS),
                last_seq=self.visits.relay.told(member.room_id),
            )
            member.connection.deliver(Bundle.of(wire.encode(hint)))
        try:
            async with asyncio.timeout(SETTLE_S_MAX):
                await self.journal.settled()
        except TimeoutError:
            pass  # Unanswered posts are sent again by their clients, with the same client_id.
        self.attendance.close()
        for member in self.hub.members():
            member.connection.close(CLOSE_RESTART, "restarting")
