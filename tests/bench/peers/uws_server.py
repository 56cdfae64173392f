"""uWebSockets, which is C++, behind Python: a frame goes to its topic as it came, unread."""

import sys
from typing import Any

from socketify import App, OpCode

app = App()


def upgrade(response: Any, request: Any, context: Any) -> None:
    key = request.get_header("sec-websocket-key")
    protocol = request.get_header("sec-websocket-protocol")
    extensions = request.get_header("sec-websocket-extensions")
    response.upgrade(key, protocol, extensions, context, request.get_url())


def opened(socket: Any) -> None:
    socket.subscribe(socket.get_user_data())


def said(socket: Any, message: Any, opcode: Any) -> None:
    app.publish(socket.get_user_data(), message, opcode)


app.ws(
    "/ws/*",
    {
        "compression": 0,
        "idle_timeout": 0,
        "max_backpressure": 64 * 1024 * 1024,
        "upgrade": upgrade,
        "open": opened,
        "message": said,
        "opcode": OpCode.TEXT,
    },
)
app.listen(int(sys.argv[1]), lambda _config: sys.stderr.write("listening\n"))
app.run()
