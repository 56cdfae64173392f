import assert from "node:assert/strict"
import { test } from "node:test"

import { anOpenSession, aSession, contents, hello, ME, message } from "./support/builders.js"

function receipt(client_id, seq) {
  return { message_id: 100 + seq, seq, timestamp: "2026-11-24T10:00:00.000Z", client_id }
}

function sentBy(network) {
  return network.sockets.flatMap((socket) => socket.sentOf("message"))
}

test("everything written offline is sent once, in order, one after the other", () => {
  const { session, network, outbox, log } = aSession()
  for (const content of ["one", "two", "three"]) outbox.add(content)

  session.connect()
  network.socket.tells("connected", hello())
  for (const seq of [1, 2, 3]) {
    assert.equal(sentBy(network).length, seq)
    network.socket.tells("message_sent", receipt(sentBy(network).at(-1).client_id, seq))
  }

  assert.deepEqual(contents(sentBy(network)), ["one", "two", "three"])
  assert.deepEqual(contents(log.messages), ["one", "two", "three"])
  assert.deepEqual(outbox.entries, [])
})

test("what was under way when the connection went is sent again under the same id", () => {
  const { network, clock, outbox } = anOpenSession()
  const { client_id } = outbox.add("hello")

  network.socket.ends()
  clock.pass(1_000)
  network.socket.tells("connected", hello())

  assert.deepEqual(sentBy(network).map((frame) => frame.client_id), [client_id, client_id])
})

test("what turns out to be stored already is not sent again", () => {
  const { network, clock, outbox, log } = anOpenSession()
  const { client_id } = outbox.add("hello")
  network.socket.ends()
  clock.pass(1_000)

  const stored = message(1, { user_id: ME.userId, client_id, content: "hello" })
  network.socket.tells("connected", hello({ history: [stored] }))

  assert.equal(sentBy(network).length, 1)
  assert.deepEqual(outbox.entries, [])
  assert.equal(log.messages.length, 1)
})

test("somebody else's message under the same client_id confirms nothing", () => {
  const { network, outbox } = anOpenSession()
  const { client_id } = outbox.add("mine")

  network.socket.tells("message", message(1, { user_id: 8, client_id, content: "theirs" }))

  assert.equal(outbox.entries.length, 1)
})

test("too fast: the message waits as long as the server says, and so do those behind it", () => {
  const { network, clock, outbox } = anOpenSession()
  const first = outbox.add("first")
  outbox.add("second")

  const refusal = { code: "rate_limited", retryable: true, retry_after_ms: 1_500, client_id: first.client_id }
  network.socket.tells("error", refusal)
  clock.pass(1_499)
  assert.deepEqual(contents(sentBy(network)), ["first"])
  clock.pass(1)
  network.socket.tells("message_sent", receipt(first.client_id, 1))

  assert.deepEqual(contents(sentBy(network)), ["first", "first", "second"])
})

test("a store that doesn't answer is tried again and again, under the same id", () => {
  const { network, clock, outbox } = anOpenSession()
  const { client_id } = outbox.add("hello")

  for (let attempt = 0; attempt < 3; attempt++) {
    network.socket.tells("error", { code: "storage_unavailable", retryable: true, client_id })
    clock.pass(5_000)
  }

  assert.deepEqual(new Set(sentBy(network).map((frame) => frame.client_id)), new Set([client_id]))
  assert.equal(sentBy(network).length, 4)
  assert.equal(outbox.entries[0].state, "queued")
})

test("a refusal stands beside the message and lets the next one pass", () => {
  const { network, outbox } = anOpenSession()
  const { client_id } = outbox.add("too long")
  outbox.add("fine")

  network.socket.tells("error", { code: "message_too_long", message: "…", retryable: false, client_id })

  assert.deepEqual(outbox.entries.map(({ state }) => state), ["failed", "queued"])
  assert.deepEqual(contents(sentBy(network)), ["too long", "fine"])
})

test("a message whose answer never comes is sent again", () => {
  const { network, clock, outbox } = anOpenSession()
  outbox.add("hello")

  clock.pass(14_000)
  network.socket.tells("pong")
  clock.pass(1_000)

  assert.equal(sentBy(network).length, 2)
})

test("a message is sent while a long resume is still being replayed", () => {
  const { network, clock, outbox } = anOpenSession({ history: [message(1)] })
  network.socket.ends()
  outbox.add("meanwhile")
  clock.pass(1_000)

  network.socket.tells("connected", hello({ history: [message(2)], has_more: true, last_seq: 400 }))

  assert.deepEqual(contents(sentBy(network)), ["meanwhile"])
})

test("what a mute held up waits for its author, not for the end of the mute", () => {
  const { network, outbox, clock } = anOpenSession()
  const { client_id } = outbox.add("in anger")

  network.socket.tells("error", { code: "muted", retryable: true, retry_after_ms: 1e12, client_id })
  clock.pass(60_000)

  assert.equal(outbox.entries[0].state, "failed")
  assert.deepEqual(contents(sentBy(network)), ["in anger"])
})
