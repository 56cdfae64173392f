// socket.io with rooms, over WebSocket alone: an event that comes in goes out to its room.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false });

io.on("connection", (socket) => {
  const { room } = socket.handshake.query;
  socket.join(room);
  socket.on("message", (message) => io.to(room).emit("message", message));
});

http.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listening"));
