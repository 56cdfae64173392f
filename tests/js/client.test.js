import assert from "node:assert/strict"
import { test } from "node:test"

import { join } from "../../web/js/client.js"
import { contents, edit, hello, ME, message, messages } from "./support/builders.js"
import { FakeClock, FakeNetwork } from "./support/fakes.js"

function aRoom() {
  const clock = new FakeClock()
  const network = new FakeNetwork()
  const outside = { openSocket: network.openSocket, timers: clock, now: clock.now, random: () => 0.5 }
  const room = join("https://chat.example/rooms/general", { name: "Ana", userId: ME.userId, ...outside })
  const heard = []
  room.addEventListener("message", ({ detail }) => heard.push(detail.content))
  return { room, clock, network, heard }
}

function stored(network, seq) {
  const { client_id } = network.socket.sentOf("message").at(-1)
  network.socket.tells("message_sent", { message_id: 100 + seq, seq, timestamp: "2026-11-24T10:00:00.000Z", client_id })
}

test("an address is enough to enter a room", () => {
  const { network } = aRoom()

  assert.equal(network.socket.address.href, "wss://chat.example/ws/general?user_id=7&username=Ana")
})

test("what is sent is promised to be on disk", async () => {
  const { room, network } = aRoom()
  network.socket.tells("connected", hello())

  const sending = room.send("hello")
  stored(network, 1)

  const { id, seq, content } = await sending
  assert.deepEqual([id, seq, content], [101, 1, "hello"])
})

test("what is sent before there is a connection goes out with it", async () => {
  const { room, network } = aRoom()
  const sending = [room.send("one"), room.send("two")]

  network.socket.tells("connected", hello())
  stored(network, 1)
  stored(network, 2)

  assert.deepEqual(contents(await Promise.all(sending)), ["one", "two"])
})

test("a refusal is told to whoever sent", async () => {
  const { room, network } = aRoom()
  network.socket.tells("connected", hello())
  const sending = room.send("x".repeat(9_000))

  const [{ client_id }] = network.socket.sentOf("message")
  network.socket.tells("error", { code: "message_too_long", message: "too long", retryable: false, client_id })

  await assert.rejects(sending, { code: "message_too_long", message: "too long" })
})

test("if there is no coming back, nobody waits for ever", async () => {
  const { room, network } = aRoom()
  const sending = room.send("hello")

  network.socket.ends(4404)

  await assert.rejects(sending, { code: "room_not_found" })
})

test("every message of somebody else is told once and in order, also those of a resume and behind a hole", () => {
  const { network, clock, heard } = aRoom()
  network.socket.tells("connected", hello({ history: messages(1, 3) }))
  network.socket.tells("message", message(4))
  network.socket.ends()
  clock.pass(1_000)

  network.socket.tells("connected", hello({ history: messages(5, 6), last_seq: 6 }))
  network.socket.tells("message", message(9))
  network.socket.tells("history", { messages: [message(7), edit(8, 7), message(9)], has_more: false, after: 6 })

  assert.deepEqual(heard, ["message 4", "message 5", "message 6", "edited", "message 9"])
})
