"""Who calls, and what they say in the query."""

import re
from typing import Final

from aiohttp import web

from roomserver.core.errors import InvalidEvent, NotFound, Unauthorized
from roomserver.core.model import INTEGER_MAX, Caller, User, UserId
from roomserver.core.text import check_username
from roomserver.edge.identity import known_caller
from roomserver.edge.keys import SITE
from roomserver.edge.origin import address_of, check_host, check_origin, is_browser, source_of

__all__ = [
    "address_of",
    "caller_of",
    "check_host",
    "check_origin",
    "is_browser",
    "path_id",
    "query_int",
    "source_of",
]

CALLER: Final = web.RequestKey("caller", Caller)
"""Where a request keeps who asks, once that is known."""

_WHOLE: Final = re.compile(r"[0-9]{1,16}", re.ASCII)


async def caller_of(request: web.Request) -> Caller:
    """
    Return who asks, by whatever means this server knows people.

    Raises:
        Unauthorized: If it can't be told.
        InvalidEvent: If they say that they are somebody whom nobody can be.

    """
    if request.app[SITE].is_open:
        return Caller(user=_user_of(request), is_proven=False)
    if CALLER not in request:
        request[CALLER] = await known_caller(request)
    return request[CALLER]


def _user_of(request: web.Request) -> User:
    """
    Read who somebody says they are: ``?user_id=1&username=Juan``.

    Raises:
        Unauthorized: If one of the two is missing.
        InvalidEvent: If one of the two can't be a person's.

    """
    for name in ("user_id", "username"):
        if name not in request.query:
            raise Unauthorized(
                f"Say who you are: {name} is missing. Example: ?user_id=1&username=Ana", field=name
            )
    user_id = query_int(request, "user_id", at_least=1)
    return User(UserId(user_id), check_username(request.query["username"]))


def query_int(
    request: web.Request, name: str, *, at_least: int = 0, default: int | None = None
) -> int:
    """
    Read a whole number from the query.

    Raises:
        InvalidEvent: If it is missing without a *default*, or no number in range.

    """
    text = request.query.get(name)
    if text is None and default is not None:
        return default
    if text is None or not _WHOLE.fullmatch(text) or not at_least <= int(text) <= INTEGER_MAX:
        raise InvalidEvent(
            f"{name} must be a whole number from {at_least} to {INTEGER_MAX}.", field=name
        )
    return int(text)


def path_id(request: web.Request, name: str) -> int:
    """
    Read the number of something from the address.

    Raises:
        NotFound: If nothing can have that number.

    """
    text = request.match_info[name]
    if not _WHOLE.fullmatch(text) or not 1 <= int(text) <= INTEGER_MAX:
        raise NotFound
    return int(text)
