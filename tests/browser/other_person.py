"""Somebody else in the room, without a browser."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import websockets


class OtherPerson:
    """Speaks the wire, and waits for the answer to each message."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket
        self._history: list[dict[str, Any]] = []

    @property
    def history(self) -> list[dict[str, Any]]:
        """Return what had been said on joining."""
        return self._history

    async def enter(self) -> None:
        self._history = (await self.hear("connected"))["history"]

    async def say(self, *texts: str) -> None:
        """Post each of *texts* once, however often the server asks to go slower."""
        for text in texts:
            await self._socket.send(json.dumps({"type": "message", "content": text}))
            await self.hear("message_sent")

    async def say_at_once(self, texts: Sequence[str]) -> None:
        """Post all of *texts* before the first answer, and read no more of those than is needed."""
        for text in texts:
            await self._socket.send(json.dumps({"type": "message", "content": text}))
        receipts = 0
        while receipts < len(texts):
            frame = str(await self._socket.recv())
            assert not frame.startswith('{"type":"error"'), frame
            receipts += frame.startswith('{"type":"message_sent"')

    async def react(self, text: str, emoji: str) -> None:
        """React to the message that says *text*."""
        (message,) = [each for each in self._history if each.get("content") == text]
        await self._do("react", message_id=message["id"], emoji=emoji)
        await self.hear("reaction")

    async def read_all(self) -> None:
        """Have read everything that was there on joining."""
        last = [each for each in self._history if "type" not in each][-1]
        await self._do("read", message_id=last["id"])
        await self.hear("read")

    async def is_typing(self) -> None:
        await self._socket.send(json.dumps({"type": "typing", "is_typing": True}))

    async def hear(self, kind: str) -> dict[str, Any]:
        """Return the data of the next event of this *kind*."""
        async for frame in self._socket:
            event = json.loads(frame)
            assert event["type"] != "error", event
            if event["type"] == kind:
                found: dict[str, Any] = event["data"]
                return found
        raise AssertionError(f"the server closed before it sent {kind}")

    async def _do(self, kind: str, **fields: Any) -> None:
        await self._socket.send(json.dumps({"type": kind, **fields}))


@asynccontextmanager
async def somebody(
    ws_url: str, name: str = "Ben", *, user_id: int = 16
) -> AsyncIterator[OtherPerson]:
    """Join the room at *ws_url* until the end of the block."""
    async with websockets.connect(f"{ws_url}?user_id={user_id}&username={name}") as socket:
        person = OtherPerson(socket)
        await person.enter()
        yield person
