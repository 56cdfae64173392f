"""
The workers: what people and programs do to a chat, all of it at once.

A post whose fate is unknown is sent again under the same ``client_id``, through whatever
instance, until the server says what became of it.
"""

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.torture.history import MarkSent
from tests.torture.outgoing import Outcome, Post
from tests.torture.pages import Question, World, read_page
from tests.torture.session import Session, staying

CONNECT_S_MAX: Final = 5.0
DONE_MAX: Final = 50
"""How many of its entries a worker remembers, to send them again or to change them."""

BEHIND_S_MAX: Final = 0.5
RETRY_CHANCE: Final = 0.3
LONGEST: Final = 4_000
"""Characters in a message, by the server's own limit."""

ALPHABET: Final = 'abcdefghij áéíñ – 漢字 🙂 " \\ < & \n\t'

EMOJIS: Final = ("👍", "🎉", "❤️", "😂")

BAD_CONTENTS: Final = (" \u200b\n", "x" * (LONGEST + 1), "a\0b", "🙂" * 4_001)
BAD_FRAMES: Final = (
    "hello",
    "[]",
    "{",
    '{"type": "message"}',
    '{"type": "message", "content": 7}',
    '{"type": "message", "content": "x", "client_id": "' + "x" * 65 + '"}',
    '{"type": "message", "content": "\\ud800"}',
    '{"type": "nonsense"}',
    '{"type": "history", "limit": -1}',
    '{"type": "typing"}',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a worker does: how often (a second), and which of its methods with which weights."""

    ops_per_s: float
    weights: dict[str, float]


class Worker:
    """One person with a program: a session of its own, and errands elsewhere."""

    def __init__(self, world: World, *, room: int, user: int, role: Role, random: Random) -> None:
        self.session = Session(world, room=room, user=user, random=random)
        self.unknown: deque[Post] = deque()
        self._world = world
        self._room = room
        self._user = user
        self._role = role
        self._random = random
        self._done: deque[Post] = deque(maxlen=DONE_MAX)
        self._reactions: set[tuple[int, str]] = set()
        """What it has added and could take back."""

        self._ever_reacted: set[tuple[int, str]] = set()
        self._taken_back: set[tuple[int, str]] = set()
        self._deleted: set[int] = set()
        self._numbers = itertools.count(1)

    async def work(self, is_over: asyncio.Event) -> None:
        """Do one thing after the other."""
        ops: dict[str, Callable[[], Awaitable[None]]] = {
            "say": self.say,
            "say without id": self.say_without_id,
            "say and vanish": self.say_and_vanish,
            "say again": self.say_again,
            "edit": self.edit,
            "delete": self.delete,
            "react": self.react,
            "burst": self.burst,
            "read": self.read_page,
            "ask": self.ask_page,
            "type": self.type,
            "blunder": self.blunder,
            "hop": self.hop,
            "mark": self.mark,
        }
        names, weights = list(self._role.weights), list(self._role.weights.values())
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while not is_over.is_set():
            # What takes long delays what follows, but not by more than a moment's work.
            due_s = max(due_s, loop.time() - BEHIND_S_MAX)
            due_s += self._random.expovariate(self._role.ops_per_s)
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            if self.unknown and self._random.random() < RETRY_CHANCE:
                await self.retry(self.unknown.popleft())
            elif names:
                await ops[self._random.choices(names, weights)[0]]()

    async def settle(self) -> None:
        """Send again what is still unknown, until there is nothing left."""
        while self.unknown:
            await self.retry(self.unknown.popleft())

    async def say(self) -> None:
        await self._post_here([self._new_post()])

    async def burst(self) -> None:
        """Five at once, without waiting for answers."""
        await self._post_here([self._new_post() for _ in range(5)])

    async def say_without_id(self) -> None:
        """As the simplest client does. It can't be sent again."""
        line = self.session.line
        if line is None or line.unkeyed.locked():
            return
        post = self._new_post()
        post.client_id = None
        async with line.unkeyed:
            await line.outcome(await line.post(post))

    async def say_and_vanish(self) -> None:
        """Send, and be gone before the answer."""
        line = await self.session.connected(within_s=CONNECT_S_MAX)
        if line is None:
            return
        post = self._new_post()
        waiting = await line.post(post)
        line.cut()
        self._learn(post, await line.outcome(waiting))

    async def say_again(self) -> None:
        """Send an old one again, with the same content or another, through whatever instance."""
        if self._done:
            post = self._random.choice(self._done)
            is_other = post.content is not None and self._random.random() < 0.5
            other = f"{post.client_id} said differently" if is_other else None
            await self._post_elsewhere(post, content=other)

    async def edit(self) -> None:
        """Change what an old message says."""
        if (message := self._old_message()) is not None:
            edit = self._new_post("message_edited")
            edit.message_id = message.message_id
            await self._post_here([edit])

    async def delete(self) -> None:
        """Take an old message back. Later it is edited or sent again all the same."""
        message = self._old_message()
        if message is not None and message.message_id not in self._deleted:
            self._deleted.add(message.message_id)
            deletion = self._new_post("message_deleted")
            deletion.content, deletion.message_id = None, message.message_id
            await self._post_here([deletion])

    async def react(self) -> None:
        """Add a reaction to what somebody said, or take one back."""
        reaction = self._new_post("reaction")
        reaction.content = None
        if self._reactions and self._random.random() < 0.3:
            reaction.on = False
            reaction.message_id, reaction.emoji = self._reactions.pop()
            self._taken_back.add((reaction.message_id, reaction.emoji))
        elif self.session.reading.recent:
            _seq, message_id = self._random.choice(self.session.reading.recent)
            reaction.on = True
            reaction.message_id, reaction.emoji = message_id, self._random.choice(EMOJIS)
            if (message_id, reaction.emoji) in self._ever_reacted:
                return  # It would not be new: its event would be the first one's.
            self._ever_reacted.add((message_id, reaction.emoji))
        else:
            return
        await self._post_here([reaction])

    async def retry(self, post: Post) -> None:
        """Find out what became of *post*."""
        if self._random.random() < 0.5:
            await self._post_elsewhere(post)
        else:
            await self._post_here([post])

    async def read_page(self) -> None:
        """Read a page over HTTP from whatever instance."""
        how = self._random.choice(("latest", "after", "before"))
        head = self.session.reading.last or 0
        bound = 0 if how == "latest" else self._random.randint(max(0, head - 300), head + 1)
        way = self._random.choice(self._world.ways)
        limit = self._random.choice((1, 10, 50, 200))
        question = Question(room=self._room, how=how, bound=bound, limit=limit)
        await read_page(self._world, way, question)

    async def ask_page(self) -> None:
        """Read a page over the socket."""
        head = self.session.reading.last or 0
        before = self._random.choice((None, self._random.randint(0, head + 1)))
        await self.session.ask_page(before=before, limit=self._random.choice((5, 50)))

    async def type(self) -> None:
        if self.session.line is not None:
            is_typing = self._random.random() < 0.8
            await self.session.line.send(json.dumps({"type": "typing", "is_typing": is_typing}))

    async def blunder(self) -> None:
        """Send what has to be refused."""
        line = self.session.line
        if line is None or line.unkeyed.locked():
            return
        if self._random.random() < 0.5:
            bad = self._new_post()
            bad.content = self._random.choice(BAD_CONTENTS)
            await line.outcome(await line.post(bad, is_bad=True))
        else:
            async with line.unkeyed:
                await line.refusal(self._random.choice(BAD_FRAMES))

    async def hop(self) -> None:
        """Go on reading through another instance."""
        await self.session.hop(is_clean=self._random.random() < 0.5)

    async def mark(self) -> None:
        """Say how far it has read; sometimes less than before, which must change nothing."""
        line, recent = self.session.line, self.session.reading.recent
        if line is None or not recent:
            return
        seq, message_id = self._random.choice(recent)
        self._world.book.record(MarkSent(room=self._room, user=self._user, seq=seq))
        await line.send(json.dumps({"type": "read", "message_id": message_id}))

    async def _post_here(self, posts: Sequence[Post]) -> None:
        line = await self.session.connected(within_s=CONNECT_S_MAX)
        if line is None:
            self.unknown.extend(posts)
            return
        waiting = [await line.post(post) for post in posts]
        for post, answer in zip(posts, waiting, strict=True):
            self._learn(post, await line.outcome(answer))

    async def _post_elsewhere(self, post: Post, *, content: str | None = None) -> None:
        errand = Session(self._world, room=self._room, user=self._user, random=self._random)
        async with staying(errand):
            line = await errand.connected(within_s=CONNECT_S_MAX)
            if line is None:
                if content is None:
                    self.unknown.append(post)
                return
            outcome = await line.outcome(await line.post(post, content=content))
            if content is None:
                self._learn(post, outcome)
            if self._random.random() < 0.5:
                await line.close()

    def _new_post(self, kind: str = "message") -> Post:
        client_id = f"{self._room}-{self._user}-{next(self._numbers)}"
        size = LONGEST - 100 if self._random.random() < 0.01 else self._random.randint(0, 120)
        filler = "".join(self._random.choices(ALPHABET, k=size))
        return Post(
            room=self._room,
            user=self._user,
            client_id=client_id,
            type=kind,
            content=f"{client_id} {filler}",
        )

    def _old_message(self) -> Post | None:
        messages = [post for post in self._done if post.type == "message"]
        return self._random.choice(messages) if messages else None

    def _learn(self, post: Post, outcome: Outcome) -> None:
        if outcome is Outcome.INFO:
            self.unknown.append(post)
        elif outcome is Outcome.OK and all(post is not known for known in self._done):
            self._done.append(post)
            if post.on and post.emoji is not None:
                self._reactions |= {(post.message_id, post.emoji)} - self._taken_back
