"""Who somebody is, by the token or the cookie that they show."""

from collections import OrderedDict
from typing import Final, Literal

from roomserver.core.errors import BadToken, RateLimited, RoomNotFound
from roomserver.core.model import Caller, RoomId, User, UserId
from roomserver.core.people import (
    NUMBERS_GIVEN_FROM,
    Claims,
    SessionKind,
    caller_from,
    hash_of,
)
from roomserver.core.throttle import Throttle
from roomserver.ports.clock import Clock
from roomserver.ports.people import People
from roomserver.ports.tokens import TokenReader
from roomserver.service.browser_sessions import BrowserSessions
from roomserver.service.programs import PREFIX
from roomserver.service.rooms import Rooms

Mode = Literal["open", "accounts", "tokens"]

SUBJECTS_MAX: Final = 10_000
"""People of another application whose numbers are kept at hand."""

TOKEN_CHARS_MAX: Final = 4_096

# Looking at a signature takes up to some milliseconds, in which nobody else is served. A
# client that shows an old token asks a few times; many behind one address may do so at once.
BAD_TOKENS_PER_S: Final = 5.0
BAD_TOKENS_BURST: Final = 300
GOOD_TOKENS_MAX: Final = 10_000
"""Tokens that were good of late: whoever shows one is not held up by others' bad ones."""


class Identity:
    """Every method may raise :exc:`StorageUnavailable`."""

    def __init__(
        self,
        *,
        people: People,
        sessions: BrowserSessions,
        tokens: TokenReader | None,
        rooms: Rooms,
        clock: Clock,
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._tokens = tokens
        self._rooms = rooms
        self._clock = clock
        self._numbers: OrderedDict[str, UserId] = OrderedDict()
        self._good: OrderedDict[str, None] = OrderedDict()
        self._bad: Throttle[str] = Throttle(per_second=BAD_TOKENS_PER_S, burst=BAD_TOKENS_BURST)

    async def of_token(self, token: str, *, source: str) -> Caller:
        """
        Return whose token it is: a program's, or one that another application has signed.

        *source* is where it comes from: whoever shows many bad ones has to wait.

        Raises:
            BadToken: If it is not good, whatever is wrong with it.
            IdentityUnavailable: If that can't be found out now.
            RateLimited: If too many that came from there were not good.

        """
        if len(token) > TOKEN_CHARS_MAX:
            raise BadToken
        now_s, name = self._clock.monotonic_s(), hash_of(token)
        wait_s = self._bad.left_s(source, now_s)
        if wait_s > 0 and name not in self._good:
            raise RateLimited.for_s("bad tokens", wait_s)
        try:
            caller = await self._caller_of(token)
        except BadToken:
            self._bad.wait_s(source, now_s)
            self._good.pop(name, None)
            raise
        self._good[name] = None
        self._good.move_to_end(name)
        if len(self._good) > GOOD_TOKENS_MAX:
            self._good.popitem(last=False)
        return caller

    async def _caller_of(self, token: str) -> Caller:
        if token.startswith(PREFIX):
            found = await self._sessions.whose(token)
            if found is None or found[1].kind is not SessionKind.TOKEN:
                raise BadToken
            return caller_from(*found)
        if self._tokens is None:
            raise BadToken
        return await self._vouched_for(await self._tokens.read(token))

    async def of_cookie(self, secret: str) -> Caller | None:
        """Return whose browser it is, if its session is good."""
        found = await self._sessions.whose(secret)
        if found is None or found[1].kind is not SessionKind.BROWSER:
            return None
        return caller_from(*found)

    async def _vouched_for(self, claims: Claims) -> Caller:
        return Caller(
            user=User(await self._number_of(claims), claims.username),
            rooms=None if claims.rooms is None else await self._rooms_of(claims.rooms),
            rights=claims.rights,
            expires_at_ms=claims.expires_at_ms,
        )

    async def _number_of(self, claims: Claims) -> UserId:
        subject = claims.subject
        if _is_own_number(subject):
            return UserId(int(subject))
        number = self._numbers.get(subject)
        if number is None:
            now_ms = self._clock.now_ms()
            number = await self._people.number_of(subject, claims.username, now_ms)
            self._numbers[subject] = number
            if len(self._numbers) > SUBJECTS_MAX:
                self._numbers.popitem(last=False)
        return number

    async def _rooms_of(self, addresses: tuple[int | str, ...]) -> frozenset[RoomId]:
        found = set()
        for address in addresses:
            try:
                found.add((await self._rooms.find(str(address))).id)
            except RoomNotFound:
                continue
        return frozenset(found)


def _is_own_number(subject: str) -> bool:
    # Larger ones are this server's to give: nobody else's person can be taken for one of ours.
    is_whole = subject.isascii() and subject.isdecimal() and not subject.startswith("0")
    return is_whole and len(subject) <= 10 and int(subject) < NUMBERS_GIVEN_FROM
