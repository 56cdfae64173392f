"""
The stack of the document that roomserver began with, as a fair user of it would write it.

FastAPI on uvicorn with uvloop and the ``websockets`` library, whose C parts are on; one
text per message, encoded once; a room's members written to one after the other.
"""

import json
import sys
from collections import defaultdict
from datetime import UTC, datetime
from itertools import count

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
rooms: dict[int, set[WebSocket]] = defaultdict(set)
ids = count(1)


@app.websocket("/ws/{room_id}")
async def chat(socket: WebSocket, room_id: int, user_id: int, username: str) -> None:
    await socket.accept()
    members = rooms[room_id]
    members.add(socket)
    try:
        while True:
            said = json.loads(await socket.receive_text())
            data = {
                "id": next(ids),
                "room_id": room_id,
                "user_id": user_id,
                "username": username,
                "content": said["content"],
                "created_at": datetime.now(UTC).isoformat(),
            }
            text = json.dumps({"type": "message", "data": data})
            for member in list(members):
                await member.send_text(text)
    except WebSocketDisconnect:
        members.discard(socket)


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        ws="websockets",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        log_level="info",
        access_log=False,
    )
