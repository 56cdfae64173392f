"""``GET /ws/{room}``: the WebSocket endpoint, one visit from the handshake to the goodbye."""

import logging
from collections.abc import Awaitable
from typing import Final

from aiohttp import WSCloseCode, web
from msgspec import Struct

from roomserver.core import wire
from roomserver.core.errors import (
    CLOSE_INTERNAL,
    CLOSE_RESTART,
    Forbidden,
    InvalidEvent,
    RoomError,
    RoomNotFound,
)
from roomserver.core.model import INTEGER_MAX, Caller, Room, Seq
from roomserver.core.policy import Action
from roomserver.edge.access import standing_in
from roomserver.edge.caller import (
    address_of,
    caller_of,
    check_origin,
    is_browser,
    query_int,
    source_of,
)
from roomserver.edge.handover import Handshake, handshake_of, let_go, take_over
from roomserver.edge.identity import PROTOCOL
from roomserver.edge.keys import SERVER, SITE, SWITCHBOARD
from roomserver.edge.line import Line
from roomserver.edge.middleware import incident
from roomserver.edge.shell import Shell, ShellConnection
from roomserver.service.admission import Ticket
from roomserver.service.reading import Position
from roomserver.service.revocation import Watch
from roomserver.service.rights import Stay
from roomserver.service.server import Server
from roomserver.service.visit import HISTORY_DEFAULT, Visit

log = logging.getLogger(__name__)

_CLEAN: Final = frozenset({0, WSCloseCode.OK, WSCloseCode.GOING_AWAY})
"""How a goodbye is said. 0 stands for a close frame without a code, which is websocat's."""


class Wishes(Struct, frozen=True, kw_only=True):
    """What the query asks for, besides who it is."""

    since: Position | None
    history: int
    is_text: bool


async def room_socket(request: web.Request) -> web.StreamResponse:
    """``GET /ws/{room}?user_id=&username=[&since=&epoch=][&history=][&format=text]``."""
    handshake = handshake_of(request, PROTOCOL)
    check_origin(request)
    try:
        return await _admit(request, handshake)
    except RoomError as error:
        if not is_browser(request):
            raise
        return await _refuse_in_the_open(request, error)


async def _admit(request: web.Request, handshake: Handshake) -> web.StreamResponse:
    server = request.app[SERVER]
    moment = server.revocations.moment
    caller, wishes = await caller_of(request), _wishes(request)
    ticket = server.admission.admit(source_of(request), caller.user.user_id)
    try:
        may_make = request.app[SITE].is_open
        address = request.match_info["room"]
        room = await server.rooms.enter(address, may_make=may_make)
        # First this: being in too many rooms would tell that there is one more.
        await standing_in(server, room, address, caller, Action.ENTER)
        ticket.sit(room.id)
        stay = await server.rights.stay(room.id, caller)
    except BaseException:
        ticket.give_back()
        raise
    stay.address = ticket.address
    occupant = Occupant(server, room, stay, ticket, address=address_of(request))
    try:
        line = take_over(request, handshake, request.app[SWITCHBOARD])
    except BaseException:
        occupant.give_back()
        raise
    try:
        await occupant.begin(line, wishes, moment=moment, knows_people=not may_make)
    finally:
        answer = let_go(request)
    return answer


class Occupant:
    """Somebody in a room through a WebSocket: a line's :class:`~roomserver.edge.line.Listener`."""

    __slots__ = (
        "_address",
        "_room",
        "_server",
        "_shell",
        "_stay",
        "_ticket",
        "_visit",
        "_watch",
    )

    def __init__(
        self,
        server: Server,
        room: Room,
        stay: Stay,
        ticket: Ticket,
        *,
        address: str,
    ) -> None:
        self._server = server
        self._room = room
        self._stay = stay
        self._ticket = ticket
        self._address = address
        self._visit: Visit | None = None
        self._shell: Shell | None = None
        self._watch: Watch | None = None

    async def begin(self, line: Line, wishes: Wishes, *, moment: int, knows_people: bool) -> None:
        """
        Show them in, and let *line* be heard. What goes wrong is said over it.

        *moment* is where revocations stood before it was asked who they are.
        """
        connection = ShellConnection(line) if wishes.is_text else line
        visit = self._visit = Visit(
            self._room, self._stay, connection=connection, services=self._server.visits
        )
        if isinstance(connection, ShellConnection):
            self._shell = Shell(visit, connection, self._server)
        if knows_people:
            visit.renew = self._renewed
        log.info("a visit begins", extra=self._facts)
        self._watch = self._server.revocations.watch(
            self._stay.caller, self._room.id, connection, since=moment
        )
        try:
            await visit.begin(since=wishes.since, history=wishes.history)
        except RoomNotFound:
            # It was there when it was last asked for: perhaps the database was restored.
            self._server.rooms.forget(self._room)
            line.close(CLOSE_RESTART, "the room is not there any more: come back")
        except RoomError as error:
            visit.refuse(error)
            line.close(error.close_code, error.code)
        except Exception as error:  # noqa: BLE001 - the net: nobody else would close the line
            visit.refuse(self._incident(error))
            line.close(CLOSE_INTERNAL, "internal")
        except BaseException:
            line.abort()
            raise
        finally:
            line.begin(self)

    def hear(self, frame: str) -> Awaitable[None] | None:
        assert self._visit is not None, "the line is heard once the visit has begun"
        try:
            rest = self._shell.receive(frame) if self._shell else self._visit.hear(frame)
        except Exception as error:  # noqa: BLE001 - the net: a bug must not end a conversation
            self._visit.refuse(self._incident(error))
            return None
        return None if rest is None else self._finish(self._visit, rest)

    async def _finish(self, visit: Visit, rest: Awaitable[None]) -> None:
        try:
            await rest
        except Exception as error:  # noqa: BLE001 - the net, as above
            visit.refuse(self._incident(error))

    def leave(self, line: Line) -> None:
        assert self._visit is not None, "the line ends after the visit has begun"
        # Some clients answer 1000 whatever they were told.
        close_code = line.heard_code if line.close_code is None else line.close_code
        self._visit.end(is_clean=close_code in _CLEAN)
        self.give_back()
        totals = self._visit.totals
        counted = {"messages": totals.messages, "refusals": totals.refusals}
        log.info("a visit ends", extra={**self._facts, "close_code": _told(close_code), **counted})

    def give_back(self) -> None:
        """Give back what they had while they were here."""
        if self._watch is not None:
            self._server.revocations.unwatch(self._watch)
        self._server.rights.leave(self._stay)
        self._ticket.give_back()

    @property
    def _facts(self) -> dict[str, object]:
        user_id = self._stay.caller.user.user_id
        return {"room": self._room.id, "user": user_id, "address": self._address}

    def _incident(self, error: Exception) -> RoomError:
        return incident("GET", f"/ws/{self._room.id}", error)

    async def _renewed(self, token: str) -> Caller:
        server, stay = self._server, self._stay
        assert self._watch is not None, "the visit has begun"
        moment = server.revocations.moment
        caller = await server.identity.of_token(token, source=stay.address)
        if caller.user.user_id != stay.caller.user.user_id:
            raise Forbidden("This token is another person's.")
        stay.caller = caller
        server.revocations.renew(self._watch, caller, since=moment)
        await server.rights.look_at(stay)
        return caller


def _told(close_code: int | None) -> int:
    # None at all has a number as well, which no frame may carry (RFC 6455 section 7.4.1).
    return int(WSCloseCode.ABNORMAL_CLOSURE if close_code is None else close_code)


async def _refuse_in_the_open(request: web.Request, error: RoomError) -> web.StreamResponse:
    # A page can't read the answer to a failed upgrade: it is let in, told why, and shown out.
    socket = web.WebSocketResponse(protocols=(PROTOCOL,), compress=False)
    await socket.prepare(request)
    await socket.send_str(wire.encode_error(error).decode())
    await socket.close(code=error.close_code, message=error.code.encode())
    return socket


def _wishes(request: web.Request) -> Wishes:
    query = request.query
    since = None
    if "since" in query:
        since = Position(Seq(query_int(request, "since")), query.get("epoch"))
    form = query.get("format", "json")
    if form not in ("json", "text"):
        raise InvalidEvent("format must be json or text.", field="format")
    history = query_int(request, "history", default=HISTORY_DEFAULT)
    return Wishes(since=since, history=min(history, INTEGER_MAX), is_text=form == "text")
