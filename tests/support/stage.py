"""One instance's services over fakes, and the people who visit it."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from roomserver.adapters.memory_bus import MemoryBus, MemoryStreet
from roomserver.adapters.memory_presence import MemoryPresence
from roomserver.adapters.memory_recent import MemoryRecent
from roomserver.adapters.memory_turns import MemoryTurns
from roomserver.core.limits import Limits
from roomserver.core.model import Caller, Room, Seq, User
from roomserver.core.policy import ANYBODY, Standing
from roomserver.core.throttle import Throttle
from roomserver.service.activity import Activity
from roomserver.service.archive import Archive
from roomserver.service.attendance import Attendance
from roomserver.service.condition import Condition
from roomserver.service.hub import Hub
from roomserver.service.invitations import RoomInvitations
from roomserver.service.journal import Journal
from roomserver.service.moderation import Moderation
from roomserver.service.reading import Position
from roomserver.service.refusals import Refusals
from roomserver.service.register import Register
from roomserver.service.relay import Relay
from roomserver.service.revocation import Revocations
from roomserver.service.rights import Rights, Stay
from roomserver.service.visit import Visit, VisitServices, address_throttle
from tests.support.builders import ANA, OTHER_ROOM, ROOM
from tests.support.fake_log import FakeLog
from tests.support.fake_members import FakeMembers
from tests.support.fake_rights import FakeInvitations, FakeRights
from tests.support.fakes import FakeClock, FakeConnection, FakeRevocationLog
from tests.support.loops import all_quiet


class Guest:
    """Somebody on a visit, at the far end of their connection."""

    def __init__(self, visit: Visit, connection: FakeConnection) -> None:
        self.visit = visit
        self.connection = connection

    async def send(self, kind: str, **fields: object) -> None:
        """Send an event, and let everything happen that follows from it."""
        await self.send_frame(json.dumps({"type": kind, **fields}))

    async def send_frame(self, frame: str) -> None:
        await self.visit.receive(frame)
        await all_quiet()

    async def leave(self, *, is_clean: bool = True) -> None:
        self.visit.end(is_clean=is_clean)
        await all_quiet()

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """Return the data of each event of this *kind*."""
        return self.connection.heard(kind)

    @property
    def types(self) -> list[str]:
        return self.connection.types

    @property
    def seqs(self) -> list[int]:
        """Return the numbers of all entries in the order in which they came, in any event."""
        seqs = []
        for event in self.connection.events:
            match event["type"]:
                case "connected":
                    seqs += [entry["seq"] for entry in event["data"]["history"]]
                case "history":
                    seqs += [entry["seq"] for entry in event["data"]["messages"]]
                case "message" | "message_edited" | "message_deleted" | "reaction":
                    seqs.append(event["data"]["seq"])
                case _:
                    pass
        return seqs


class Stage:
    """What an instance consists of. Two on the same *log* and *street* are one server."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        log: FakeLog | None = None,
        street: MemoryStreet | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.clock = FakeClock()
        self.log = log or FakeLog(ROOM, OTHER_ROOM)
        self.members = FakeMembers()
        self.hub = Hub(self.limits)
        self.condition = Condition(self.hub)
        self.recent = MemoryRecent(messages_max=self.limits.recent_messages_max)
        self.relay = Relay(hub=self.hub, log=self.log, bus=MemoryBus(street))
        self.register = Register(members=self.members, audience=self.relay, clock=self.clock)
        self.archive = Archive(
            self.log, self.recent, recent_messages_max=self.limits.recent_messages_max
        )
        self.journal = Journal(
            store=self.log,
            recent=self.recent,
            audience=self.relay,
            condition=self.condition,
            messages_max=self.limits.journal_messages_max,
        )
        self.attendance = Attendance(
            presence=MemoryPresence(),
            audience=self.relay,
            register=self.register,
            clock=self.clock,
        )
        self.refusals = Refusals()
        self.rights_store = FakeRights(ROOM, OTHER_ROOM)
        self.rights = Rights(
            store=self.rights_store, clock=self.clock, present=self.attendance.present
        )
        self.revocations = Revocations(FakeRevocationLog(), self.clock)
        self.moderation = Moderation(
            store=self.rights_store,
            rights=self.rights,
            revocations=self.revocations,
            audience=self.relay,
            clock=self.clock,
        )
        self.invitations = RoomInvitations(
            store=FakeInvitations(), rights=self.rights, audience=self.relay, clock=self.clock
        )
        self.activity = Activity(
            log=self.log,
            members=self.members,
            rights=self.rights,
            clock=self.clock,
            limits=self.limits,
        )
        self.services = VisitServices(
            activity=self.activity,
            journal=self.journal,
            hub=self.hub,
            archive=self.archive,
            attendance=self.attendance,
            register=self.register,
            relay=self.relay,
            messages=Throttle(
                per_second=self.limits.messages_per_second, burst=self.limits.messages_burst
            ),
            events=Throttle(
                per_second=self.limits.events_per_second, burst=self.limits.events_burst
            ),
            addresses=address_throttle(self.limits),
            refusals=self.refusals,
            turns=MemoryTurns(self.clock),
            limits=self.limits,
            clock=self.clock,
            instance="i1",
            version="1.2.3",
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Stage"]:
        async with AsyncExitStack() as stack:
            for part in (self.relay, self.register, self.journal, self.attendance, self.rights):
                await stack.enter_async_context(part.running())
            stack.push_async_callback(self.archive.close)
            yield self

    def arrival(
        self, user: User = ANA, *, room: Room = ROOM, standing: Standing = ANYBODY
    ) -> Guest:
        """Return somebody at the door: connected, but their visit has not begun."""
        connection = FakeConnection()
        stay = Stay(room.id, Caller(user=user), standing)
        return Guest(Visit(room, stay, connection=connection, services=self.services), connection)

    async def guest(
        self,
        user: User = ANA,
        *,
        room: Room = ROOM,
        since: int | None = None,
        epoch: str | None = None,
        history: int = 50,
        standing: Standing = ANYBODY,
    ) -> Guest:
        """Return somebody whose visit has begun, and let everything happen that follows."""
        guest = self.arrival(user, room=room, standing=standing)
        position = None if since is None else Position(Seq(since), epoch)
        await guest.visit.begin(since=position, history=history)
        await all_quiet()
        return guest
