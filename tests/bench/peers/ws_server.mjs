// `ws` as its own documentation broadcasts: what comes in goes out to everybody, unread.
import { WebSocketServer } from "ws";

const rooms = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), perMessageDeflate: false });

server.on("connection", (socket, request) => {
  const name = new URL(request.url, "http://localhost").pathname;
  const room = rooms.get(name) ?? rooms.set(name, new Set()).get(name);
  room.add(socket);
  socket.on("message", (data, isBinary) => {
    for (const member of room) member.send(data, { binary: isBinary });
  });
  socket.on("close", () => room.delete(socket));
});

server.on("listening", () => console.log("listening"));
