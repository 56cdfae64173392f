// Ready lines to join one room from elsewhere, true for this server and this room.

export function addressOf(room, { origin, userId = 2, name = "Terminal" }) {
  const base = origin.replace(/^http/u, "ws")
  return `${base}/ws/${encodeURIComponent(room)}?user_id=${userId}&username=${encodeURIComponent(name)}`
}

export function linkTo(room, { origin }) {
  return `${origin}/rooms/${encodeURIComponent(room)}`
}

export function connectLines(room, { origin, hello }) {
  const frame = JSON.stringify({ type: "message", content: hello })
  const at = (name, userId) => addressOf(room, { origin, userId, name })
  return {
    websocat: `websocat "${at("websocat", 2)}&format=text"\n${hello}`,
    wscat: `wscat -c "${at("wscat", 3)}"\n${frame}`,
    curl: `curl ${origin}/ws/stats\ncurl ${origin}/health`,
    python: python(at("Python", 4), hello),
    javascript: javascript(at("JavaScript", 5), hello),
  }
}

function python(address, hello) {
  return `# pip install websockets
import asyncio, json, websockets

async def main():
    async with websockets.connect("${address}") as ws:
        await ws.send(json.dumps({"type": "message", "content": ${JSON.stringify(hello)}}))
        async for frame in ws:
            print(json.loads(frame))

asyncio.run(main())`
}

function javascript(address, hello) {
  return `const ws = new WebSocket("${address}")
ws.onopen = () => ws.send(JSON.stringify({ type: "message", content: ${JSON.stringify(hello)} }))
ws.onmessage = ({ data }) => console.log(JSON.parse(data))`
}
