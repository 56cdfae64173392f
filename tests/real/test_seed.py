"""The programs of the document that the project was created from, to the letter."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

from tests.support.conversation import person
from tests.support.servers import RoomServer

PYTHON = """
import asyncio
import websockets
import json

async def test():
    url = "ws://localhost:8000/ws/1?user_id=1&username=Juan"

    async with websockets.connect(url) as ws:
        # Recibir confirmación de conexión
        response = await ws.recv()
        print(f"Conectado: {response}")

        # Enviar mensaje
        await ws.send(json.dumps({
            "type": "message",
            "content": "Hola mundo!"
        }))

        # Recibir respuesta
        response = await ws.recv()
        print(f"Respuesta: {response}")

asyncio.run(test())
"""

JAVASCRIPT = """
// Conectar a WebSocket
const ws = new WebSocket('ws://localhost:8000/ws/1?user_id=1&username=Juan');

// Escuchar conexión
ws.onopen = () => {
    console.log('✅ Conectado');
};

// Escuchar mensajes
ws.onmessage = (event) => {
    const data = JSON.parse(event.data);
    console.log('📨 Evento:', data.type, data.data);

    if (data.type === 'message') {
        console.log(`💬 ${data.data.username}: ${data.data.content}`);
    }
};

// Enviar mensaje
function sendMessage(content) {
    ws.send(JSON.stringify({
        type: 'message',
        content: content
    }));
}

// Indicar que está escribiendo
function sendTyping(isTyping) {
    ws.send(JSON.stringify({
        type: 'typing',
        is_typing: isTyping
    }));
}
"""

USE = """
// Uso, as the document shows it, once the connection is there.
ws.addEventListener('open', () => {
    sendMessage('Hola a todos!');
    sendTyping(true);
    sendTyping(false);
});
ws.addEventListener('message', (event) => {
    if (JSON.parse(event.data).type === 'message') ws.close();
});
"""


def _for(server: RoomServer, program: str) -> str:
    return program.replace("localhost:8000", f"127.0.0.1:{server.port}")


async def test_the_python_program_runs_as_printed(server: RoomServer) -> None:
    program = [sys.executable, "-c", _for(server, PYTHON)]

    done = await asyncio.to_thread(
        subprocess.run, program, capture_output=True, text=True, timeout=30, check=True
    )

    connected, answer = done.stdout.splitlines()
    assert json.loads(connected.removeprefix("Conectado: "))["data"]["room_id"] == 1
    sent = json.loads(answer.removeprefix("Respuesta: "))
    assert sent["type"] == "message_sent"
    assert isinstance(sent["data"]["message_id"], int)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", sent["data"]["timestamp"])


async def test_the_javascript_program_runs_as_printed(
    server: RoomServer, node: Path, tmp_path: Path
) -> None:
    program = tmp_path / "seed.js"
    program.write_text(_for(server, JAVASCRIPT) + USE, encoding="utf-8")

    async with person(server, "Alice", 2) as alice:
        done = await asyncio.to_thread(
            subprocess.run, [node, program], capture_output=True, text=True, timeout=30, check=True
        )
        joined = await alice.hear("user_joined")
        typing = await alice.hear("typing")

    assert "✅ Conectado" in done.stdout
    assert "💬 Juan: Hola a todos!" in done.stdout
    assert (joined["username"], typing["username"], typing["is_typing"]) == ("Juan", "Juan", True)


async def test_the_flow_of_a_message_is_the_documents(server: RoomServer) -> None:
    async with person(server, "Juan", 1) as juan, person(server, "Alice", 2) as alice:
        await juan.hear("user_joined")

        await juan.send(type="message", content="Hola")
        kinds = [json.loads(await juan.connection.recv())["type"] for _ in range(2)]
        message = await alice.hear("message")

    assert kinds == ["message_sent", "message"]
    assert {"id", "user_id", "username", "content", "created_at"} <= message.keys()


async def test_the_stats_have_the_documents_shape(server: RoomServer) -> None:
    async with (
        person(server, "Juan", 1, room="1"),
        person(server, "Juan", 1, room="1"),
        person(server, "Alice", 2, room="2"),
    ):
        stats = json.loads(await asyncio.to_thread(server.get, "/ws/stats"))

    assert stats == {
        "total_connections": 3,
        "total_rooms": 2,
        "rooms": {"1": {"connections": 2, "users": 1}, "2": {"connections": 1, "users": 1}},
    }
