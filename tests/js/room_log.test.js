import assert from "node:assert/strict"
import { test } from "node:test"

import { RoomLog } from "../../web/js/models/room_log.js"
import { message, messages, seqs } from "./support/builders.js"

function aLog(from = 1, to = 3, { hasOlder = false } = {}) {
  const log = new RoomLog()
  log.restart({ messages: messages(from, to), hasOlder, lastSeq: to, epoch: "e1" })
  return log
}

test("messages stand in the order of seq, whatever order they came in", () => {
  const log = aLog()

  for (const seq of [6, 4, 5]) log.add(message(seq))

  assert.deepEqual(seqs(log), [1, 2, 3, 4, 5, 6])
})

test("a second copy of a message changes nothing", () => {
  const log = aLog()

  assert.equal(log.add(message(4)), true)
  assert.equal(log.add(message(4, { content: "again" })), false)

  assert.deepEqual(seqs(log), [1, 2, 3, 4])
})

test("a hole holds completeTo back until it is filled", () => {
  const log = aLog()
  log.add(message(6))
  assert.equal(log.completeTo, 3)

  log.add(message(4))
  log.add(message(5))

  assert.equal(log.completeTo, 6)
})

test("a page of what follows vouches for numbers that are no messages", () => {
  const log = aLog()
  log.add(message(7))

  log.addNewer({ messages: [message(5)], completeTo: 6 })

  assert.equal(log.completeTo, 7)
})

test("a short page never makes the log forget how far it was complete", () => {
  const log = aLog(1, 9)

  log.addNewer({ messages: [], completeTo: 0 })

  assert.equal(log.completeTo, 9)
})

test("older messages go before, and tell whether there are more", () => {
  const log = aLog(51, 60, { hasOlder: true })

  log.addOlder({ messages: messages(1, 50), hasMore: false })

  assert.equal(log.firstSeq, 1)
  assert.equal(log.hasOlder, false)
  assert.equal(log.completeTo, 60)
})

test("a restart forgets the log of another incarnation", () => {
  const log = aLog(1, 9)

  log.restart({ messages: messages(1, 2), hasOlder: false, lastSeq: 2, epoch: "e2" })

  assert.deepEqual(seqs(log), [1, 2])
  assert.equal(log.completeTo, 2)
  assert.equal(log.epoch, "e2")
})

test("what is trimmed can be read again", () => {
  const log = aLog(1, 9)

  log.trim(4)
  log.addOlder({ messages: messages(1, 5), hasMore: false })

  assert.deepEqual(seqs(log), [1, 2, 3, 4, 5, 6, 7, 8, 9])
})
