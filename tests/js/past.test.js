import assert from "node:assert/strict"
import { test } from "node:test"

import { RoomLog } from "../../web/js/models/room_log.js"
import { LogView } from "../../web/js/net/log_view.js"
import { Past } from "../../web/js/net/past.js"
import { deletion, edit, message, messages, seqs } from "./support/builders.js"

const aPage = (from, to, rest = {}) => ({ messages: messages(from, to), has_more: true, has_newer: true, changes: [], ...rest })

function aLog(from, to) {
  const log = new RoomLog()
  log.restart({ entries: messages(from, to), hasOlder: true, lastSeq: to, epoch: "e1" })
  return log
}

function aPast({ page = aPage(100, 120), live = aLog(500, 550) } = {}) {
  const asked = []
  const ask = {
    before: async (seq) => (asked.push(["before", seq]), { messages: messages(seq - 10, seq - 1), has_more: seq > 20 }),
    after: async (seq) => (asked.push(["after", seq]), { messages: messages(seq + 1, Math.min(seq + 200, 550)), has_more: seq + 200 < 550 }),
  }
  return { past: new Past({ page, live, ask }), live, asked }
}

test("the past stands apart from the log as long as there is a gap between", () => {
  const { past, live } = aPast()

  assert.equal(past.isJoined, false)
  assert.deepEqual(seqs(past.log), seqs({ messages: messages(100, 120) }))
  assert.equal(live.firstSeq, 500)
})

test("it is read outwards, a page at a time and each once", async () => {
  const { past, asked } = aPast()

  await Promise.all([past.readOlder(), past.readOlder()])
  await past.readNewer()

  assert.deepEqual(asked, [["before", 100], ["after", 120]])
  assert.deepEqual([past.log.messages[0].seq, past.log.messages.at(-1).seq], [90, 320])
})

test("where it meets the log, the log has all of it, and it is done", async () => {
  const { past, live } = aPast()
  let joined = 0
  past.addEventListener("joined", () => joined++)

  await past.readNewer()
  await past.readNewer()

  assert.equal(joined, 1)
  assert.deepEqual(seqs(live), seqs({ messages: messages(100, 550) }))
  assert.equal(live.completeTo, 550)
})

test("a page that touches the log is taken over at once", () => {
  const { past, live } = aPast({ page: aPage(480, 499) })

  assert.ok(past.isJoined)
  assert.equal(live.firstSeq, 480)
})

test("what was done to its messages later is done to them here and in the log", () => {
  const changes = [edit(300, 110, "mended"), deletion(301, 111)]
  const { past } = aPast({ page: aPage(100, 120, { changes }) })
  const { live } = aPast({ page: aPage(480, 499, { changes: [edit(530, 490, "mended")] }) })

  assert.equal(past.log.withId(210).content, "mended")
  assert.ok(past.log.withId(211).deleted)
  assert.equal(live.withId(590).content, "mended")
})

test("a page that can't be read is asked for again", async () => {
  const live = aLog(500, 550)
  let isAway = true
  const after = async (seq) => {
    if (isAway) throw new Error("away")
    return { messages: messages(seq + 1, seq + 2), has_more: true }
  }
  const past = new Past({ page: aPage(100, 120), live, ask: { after } })

  await past.readNewer()
  isAway = false
  await past.readNewer()

  assert.equal(past.log.messages.at(-1).seq, 122)
})

test("a quote follows what becomes of the message", () => {
  const quote = { user_id: 8, username: "Ben", content: "message 1" }
  const live = new RoomLog()
  const reply = message(2, { reply_to: 101, quote })
  live.restart({ entries: [message(1), reply], hasOlder: false, lastSeq: 2, epoch: "e1" })

  live.add(edit(3, 1, "x".repeat(200)))
  assert.equal(live.withId(102).quote.content, `${"x".repeat(160)}…`)
  live.add(deletion(4, 1))

  assert.deepEqual(live.withId(102).quote, { ...quote, content: "", deleted: true })
})

test("a quote taken after an edit is not changed by it", () => {
  const quote = { user_id: 8, username: "Ben", content: "as it was then" }
  const live = new RoomLog()
  const entries = [message(1), edit(2, 1, "other"), message(3, { reply_to: 101, quote })]

  live.restart({ entries, hasOlder: false, lastSeq: 3, epoch: "e1" })

  assert.equal(live.withId(103).quote.content, "as it was then")
})

test("a view shows the past until it is left or has met the log", async () => {
  const live = aLog(500, 550)
  const view = new LogView({ log: live, readOlder: () => {} })
  const after = async (seq) => ({ messages: messages(seq + 1, 520), has_more: true })

  view.visit(aPage(100, 120), { after })
  assert.ok(view.isPast)
  view.hear(edit(551, 110, "mended"))
  assert.equal(view.log.withId(210).content, "mended")
  view.leave()
  assert.equal(view.log, live)
  view.visit(aPage(100, 120), { after })
  await view.readNewer()
  await new Promise(setImmediate)

  assert.equal(view.log, live)
  assert.equal(live.firstSeq, 100)
})
