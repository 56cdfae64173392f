import assert from "node:assert/strict"
import { test } from "node:test"

import { RoomLog } from "../../web/js/models/room_log.js"
import { contents, deletion, edit, message, messages, reaction, seqs } from "./support/builders.js"

function aLog(from = 1, to = 3, { hasOlder = false } = {}) {
  const log = new RoomLog()
  log.restart({ entries: messages(from, to), hasOlder, lastSeq: to, epoch: "e1" })
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

test("a page of what follows vouches for all numbers up to its end", () => {
  const log = aLog()
  log.add(message(7))

  log.addNewer({ entries: [message(5)], completeTo: 6 })

  assert.equal(log.completeTo, 7)
})

test("a short page never makes the log forget how far it was complete", () => {
  const log = aLog(1, 9)

  log.addNewer({ entries: [], completeTo: 0 })

  assert.equal(log.completeTo, 9)
})

test("older messages go before, and tell whether there are more", () => {
  const log = aLog(51, 60, { hasOlder: true })

  log.addOlder({ entries: messages(1, 50), hasMore: false })

  assert.equal(log.firstSeq, 1)
  assert.equal(log.hasOlder, false)
  assert.equal(log.completeTo, 60)
})

test("a restart forgets the log of another incarnation", () => {
  const log = aLog(1, 9)

  log.restart({ entries: messages(1, 2), hasOlder: false, lastSeq: 2, epoch: "e2" })

  assert.deepEqual(seqs(log), [1, 2])
  assert.equal(log.completeTo, 2)
  assert.equal(log.epoch, "e2")
})

test("what is trimmed can be read again", () => {
  const log = aLog(1, 9)

  log.trim(4)
  log.addOlder({ entries: messages(1, 5), hasMore: false })

  assert.deepEqual(seqs(log), [1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test("entries of every kind fill their number, and only messages are shown", () => {
  const log = aLog()

  for (const entry of [edit(4, 1), reaction(5, 1), deletion(6, 2), { type: "poll", seq: 7 }]) log.add(entry)
  log.add(message(8))

  assert.equal(log.completeTo, 8)
  assert.deepEqual(seqs(log), [1, 2, 3, 8])
  assert.deepEqual(log.unknown, [7])
  log.trim(1)
  assert.deepEqual(log.unknown, [])
})

test("an edit changes what its message says, and the newest one counts in whatever order they come", () => {
  const log = aLog()

  log.add(edit(5, 2, "newest"))
  log.add(edit(4, 2, "older"))

  assert.deepEqual(contents(log.messages), ["message 1", "newest", "message 3"])
  assert.equal(log.messages[1].edited_at, "2026-11-24T10:05:00.000Z")
})

test("a deleted message keeps its place and says nothing, whatever else was done to it", () => {
  const log = aLog()

  for (const entry of [reaction(4, 2), deletion(6, 2), edit(5, 2, "said before")]) log.add(entry)

  const { deleted, content, reactions } = log.messages[1]
  assert.deepEqual([deleted, content, reactions], [true, "", []])
})

test("reactions are counted by emoji and person, and taken back", () => {
  const log = aLog()
  const ana = { user_id: 7, username: "Ana" }

  log.add(reaction(4, 3, "🎉"))
  log.add(reaction(5, 3, "👍", ana))
  log.add(reaction(6, 3, "🎉", ana))
  log.add(reaction(7, 3, "👍", { ...ana, on: false }))

  const [party, ...others] = log.messages[2].reactions
  assert.deepEqual([party.emoji, party.people.map(({ username }) => username)], ["🎉", ["Ben", "Ana"]])
  assert.deepEqual(others, [])
})

test("a change that is known before its message meets it when older pages are read", () => {
  const log = aLog(51, 60, { hasOlder: true })
  for (const entry of [edit(61, 2, "new"), reaction(62, 2), deletion(63, 3)]) log.add(entry)

  log.addOlder({ entries: messages(1, 50), hasMore: false })

  assert.deepEqual(contents(log.messages).slice(0, 3), ["message 1", "new", ""])
  assert.equal(log.messages[1].reactions.length, 1)
})

test("paging back goes on from the first entry, also when it is no message", () => {
  const log = aLog(51, 60, { hasOlder: true })

  log.addOlder({ entries: [reaction(49, 2), edit(50, 2)], hasMore: true })

  assert.equal(log.firstSeq, 49)
  assert.equal(log.messages[0].seq, 51)
})

test("a change that is told again long after it was read moves nothing", () => {
  const log = aLog(51, 60, { hasOlder: true })

  assert.equal(log.add(reaction(12, 3)), false)

  assert.equal(log.firstSeq, 51)
})

test("what the server keeps is not changed by what is shown of it", () => {
  const received = message(4)
  const log = aLog()
  log.add(received)

  log.add(edit(5, 4, "new"))

  assert.equal(received.content, "message 4")
})
