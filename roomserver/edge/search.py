"""``/api/v1/rooms/{room}/search``: what was said, by its words."""

from typing import Final

from aiohttp import web

from roomserver.core import wire
from roomserver.core.model import Seq
from roomserver.core.policy import Action
from roomserver.edge.access import count_question, readable_room, reader_of
from roomserver.edge.body import json_answer
from roomserver.edge.caller import query_int
from roomserver.edge.keys import SERVER
from roomserver.service.search import Result

LIMIT_DEFAULT: Final = 20


async def search_messages(request: web.Request) -> web.Response:
    """``GET …/search?q=WORDS&before=SEQ&limit=``: the messages that say it, newest first."""
    room, _standing = await readable_room(request, Action.SEARCH)
    count_question(request, await reader_of(request))
    before = Seq(query_int(request, "before")) if "before" in request.query else None
    limit = query_int(request, "limit", at_least=1, default=LIMIT_DEFAULT)
    text = request.query.get("q", "")
    found = await request.app[SERVER].search.find(room.id, text, before=before, limit=limit)
    body = {"results": [_shown(each) for each in found.results], "has_more": found.has_more}
    return json_answer(body)


def _shown(result: Result) -> dict[str, object]:
    message = result.message
    return {
        "id": message.id,
        "seq": message.seq,
        "user_id": message.author.user_id,
        "username": message.author.username,
        "created_at": wire.timestamp(message.created_at_ms),
        "edited": result.is_edited,
        "excerpt": result.excerpt.text,
        "marks": result.excerpt.marks,
    }
