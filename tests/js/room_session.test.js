import assert from "node:assert/strict"
import { test } from "node:test"

import {
  anOpenSession, aSession, contents, deletion, edit, hello, ME, message, messages, reaction, seqs,
} from "./support/builders.js"

function mine(seq, client_id, content) {
  return message(seq, { user_id: ME.userId, username: ME.username, client_id, content })
}

test("the first visit asks for the room as this person", () => {
  const { session, network } = aSession()

  session.connect()

  assert.equal(network.socket.address.href, "ws://chat.example:8000/ws/general?user_id=7&username=Ana")
})

test("a reconnect resumes from where the log has no holes", () => {
  const { network, clock } = anOpenSession({ history: messages(1, 5) })
  network.socket.tells("message", message(6))

  network.socket.ends()
  clock.pass(1_000)

  const { searchParams } = network.socket.address
  assert.equal(searchParams.get("since"), "6")
  assert.equal(searchParams.get("epoch"), "e1")
})

test("a resume adds what was missed, page after page", () => {
  const { network, clock, log } = anOpenSession({ history: messages(1, 5) })
  network.socket.ends()
  clock.pass(1_000)

  network.socket.tells("connected", hello({ history: messages(6, 7), has_more: true, last_seq: 9 }))
  assert.equal(log.completeTo, 7)
  network.socket.tells("history", { messages: messages(8, 9), has_more: false, after: 7 })

  assert.deepEqual(seqs(log), [1, 2, 3, 4, 5, 6, 7, 8, 9])
  assert.equal(log.completeTo, 9)
})

test("a resync starts afresh and keeps what was not sent", () => {
  const { network, clock, log, outbox } = anOpenSession({ history: messages(1, 5) })
  network.socket.ends()
  outbox.add("still mine")
  clock.pass(1_000)

  const fresh = { history: messages(1, 2), epoch: "e2", resync: true, has_more: true }
  network.socket.tells("connected", hello(fresh))

  assert.deepEqual(seqs(log), [1, 2])
  assert.equal(log.hasOlder, true)
  assert.deepEqual(contents(network.socket.sentOf("message")), ["still mine"])
})

test("a number that jumps is a hole, and the hole is read from the server once", () => {
  const { network, log } = anOpenSession({ history: messages(1, 3) })

  network.socket.tells("message", message(6))
  network.socket.tells("message", message(7))
  assert.deepEqual(network.socket.sentOf("history"), [{ type: "history", after: 3, limit: 50 }])
  network.socket.tells("history", { messages: messages(4, 7), has_more: false, after: 3 })

  assert.deepEqual(seqs(log), [1, 2, 3, 4, 5, 6, 7])
  assert.equal(log.completeTo, 7)
})

test("entries of every kind keep the log whole: nothing is asked for, and a resume goes on behind them", () => {
  const { network, clock, log } = anOpenSession({ history: [...messages(1, 3), edit(4, 2, "new")] })

  network.socket.tells("reaction", reaction(5, 1))
  network.socket.tells("message_deleted", deletion(6, 3))
  network.socket.tells("poll", { type: "poll", seq: 7, room_id: 1 })
  network.socket.tells("message", message(8))
  network.socket.ends()
  clock.pass(1_000)

  assert.deepEqual(network.sockets[0].sentOf("history"), [])
  assert.equal(network.socket.address.searchParams.get("since"), "8")
  assert.deepEqual(contents(log.messages), ["message 1", "new", "", "message 8"])
})

test("a change behind a hole asks for what is missing", () => {
  const { network } = anOpenSession({ history: messages(1, 3) })

  network.socket.tells("reaction", reaction(6, 1))

  assert.deepEqual(network.socket.sentOf("history"), [{ type: "history", after: 3, limit: 50 }])
})

test("a number in an event that is no entry is not the log's", () => {
  const { network, log } = anOpenSession({ history: messages(1, 3) })

  network.socket.tells("from_the_future", { seq: 9 })

  assert.equal(log.completeTo, 3)
  assert.deepEqual(network.socket.sentOf("history"), [])
})

test("only a message is news", () => {
  const { session, network } = anOpenSession({ history: messages(1, 3) })
  const told = []
  session.addEventListener("arrived", ({ detail }) => told.push(detail.seq))

  network.socket.tells("reaction", reaction(4, 1))
  network.socket.tells("message", message(5))

  assert.deepEqual(told, [5])
})

test("a receipt that overtakes older messages is no hole", () => {
  const { network, log, outbox } = anOpenSession({ history: messages(1, 3) })
  const { client_id } = outbox.add("hi")

  network.socket.tells("message_sent", { message_id: 105, seq: 5, timestamp: "2026-11-24T10:00:01Z", client_id })
  assert.equal(log.completeTo, 3)
  network.socket.tells("message", message(4))
  network.socket.tells("message", mine(5, client_id, "hi"))

  assert.deepEqual(network.socket.sentOf("history"), [])
  assert.equal(log.completeTo, 5)
})

test("a connection lost between a receipt and the messages before it resumes before them", () => {
  const { network, clock, outbox } = anOpenSession({ history: messages(1, 3) })
  const { client_id } = outbox.add("hi")
  network.socket.tells("message_sent", { message_id: 105, seq: 5, timestamp: "2026-11-24T10:00:01Z", client_id })

  network.socket.ends()
  clock.pass(1_000)

  assert.equal(network.socket.address.searchParams.get("since"), "3")
})

test("a hole that the server is too busy to fill is asked for again", () => {
  const { network, clock } = anOpenSession({ history: messages(1, 3) })
  network.socket.tells("message", message(6))

  network.socket.tells("error", { code: "rate_limited", retryable: true, retry_after_ms: 400 })
  clock.pass(400)

  assert.equal(network.socket.sentOf("history").length, 2)
})

test("older messages are asked for once at a time, and not beyond the beginning", () => {
  const { session, network, log } = anOpenSession({ history: messages(51, 60), has_more: true })

  session.readOlder()
  session.readOlder()
  assert.deepEqual(network.socket.sentOf("history"), [{ type: "history", before: 51, limit: 50 }])
  network.socket.tells("history", { messages: messages(1, 50), has_more: false, before: 51 })
  session.readOlder()

  assert.equal(network.socket.sentOf("history").length, 1)
  assert.equal(log.firstSeq, 1)
})

test("older messages that the server is too busy to read are asked for again", () => {
  const { session, network, clock } = anOpenSession({ history: messages(51, 60), has_more: true })
  session.readOlder()

  network.socket.tells("error", { code: "rate_limited", retryable: true, retry_after_ms: 400 })
  clock.pass(400)

  const asked = { type: "history", before: 51, limit: 50 }
  assert.deepEqual(network.socket.sentOf("history"), [asked, asked])
})

test("a live message is told once, though its author gets two copies", () => {
  const { session, network, outbox } = anOpenSession()
  const told = []
  session.addEventListener("arrived", ({ detail }) => told.push(detail.seq))
  const { client_id } = outbox.add("hi")

  network.socket.tells("message_sent", { message_id: 101, seq: 1, timestamp: "2026-11-24T10:00:01Z", client_id })
  network.socket.tells("message", mine(1, client_id, "hi"))
  network.socket.tells("message", message(2))

  assert.deepEqual(told, [2])
})

test("people come and go", () => {
  const { network, models } = anOpenSession()

  network.socket.tells("user_joined", { user_id: 8, username: "Ben" })
  network.socket.tells("user_joined", { user_id: 9, username: "Ada" })
  network.socket.tells("user_left", { user_id: 8, username: "Ben" })

  const names = models.members.sorted({ myId: 7, locale: "en" }).map(({ username }) => username)
  assert.deepEqual(names, ["Ana", "Ada"])
})

test("an event of the future, or one named like an object's own method, is harmless", () => {
  const { session, network } = anOpenSession()

  for (const type of ["reaction", "toString", "__proto__", "constructor"]) network.socket.tells(type, {})

  assert.equal(session.isOpen, true)
})
