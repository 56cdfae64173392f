import assert from "node:assert/strict"
import { test } from "node:test"

import { Shelf } from "../../web/js/helpers/shelf.js"
import { Members } from "../../web/js/models/members.js"
import { NewLine } from "../../web/js/models/new_line.js"
import { Readings } from "../../web/js/models/readings.js"
import { Receipts } from "../../web/js/models/receipts.js"
import { rowsOf } from "../../web/js/models/timeline.js"
import { anOpenSession, hello, ME, message, messages } from "./support/builders.js"
import { MemoryStorage } from "./support/fakes.js"

const LOOKING = { myId: ME.userId, hasOlder: false, isLooking: true }

function readsSent(network) {
  return network.sockets.flatMap((socket) => socket.sentOf("read")).map(({ message_id }) => message_id)
}

test("what was read is told forward only, and at most once a second", () => {
  const { session, network, clock } = anOpenSession({ history: messages(1, 9), read_up_to: 2 })

  for (const seq of [1, 3, 5, 4, 6]) session.reading.signal.saw(message(seq))
  assert.deepEqual(readsSent(network), [103])
  clock.pass(1_000)

  assert.deepEqual(readsSent(network), [103, 106])
})

test("what was read on another device, or while the connection was away, is not told twice nor lost", () => {
  const { session, network, clock } = anOpenSession({ history: messages(1, 9), read_up_to: 2 })
  network.socket.tells("read", { user_id: ME.userId, username: "Ana", message_id: 105, seq: 5 })
  session.reading.signal.saw(message(5))
  assert.deepEqual(readsSent(network), [])

  network.socket.ends()
  session.reading.signal.saw(message(7))
  clock.pass(2_000)
  network.socket.tells("connected", hello({ last_seq: 9, read_up_to: 5 }))
  session.reading.signal.saw(message(7))

  assert.deepEqual(readsSent(network), [107])
})

test("the line stands before the first message that is new and not mine, and stays", () => {
  const line = new NewLine(3)
  const all = [...messages(1, 3), message(4, { user_id: ME.userId }), message(5), message(6)]

  line.place(all, { ...LOOKING, isLooking: false })
  line.place([...all, message(7)], LOOKING)

  assert.equal(line.seq, 5)
  assert.deepEqual(rowsOf(all, { newSeq: 5 }).map(({ kind }) => kind).slice(-3), ["new", "message", "message"])
})

test("to whoever has never been here nothing is new, and neither is what they watch arrive", () => {
  const newcomer = new NewLine(0)
  newcomer.place(messages(1, 3), { ...LOOKING, isLooking: false })
  newcomer.place(messages(1, 4), LOOKING)
  assert.equal(newcomer.seq, null)

  newcomer.place(messages(1, 5), { ...LOOKING, isLooking: false })

  assert.equal(newcomer.seq, 5)
})

test("a line that would stand among messages that are not loaded yet does not stand elsewhere", () => {
  const line = new NewLine(3)

  line.place(messages(51, 60), { ...LOOKING, hasOlder: true, isLooking: false })
  assert.equal(line.seq, null)
  line.place(messages(2, 60), { ...LOOKING, hasOlder: true, isLooking: false })

  assert.equal(line.seq, 4)
})

test("whoever comes back finds the line before what came meanwhile", () => {
  const line = new NewLine(2)
  line.place(messages(1, 3), { ...LOOKING, isLooking: false })

  line.lookAway(messages(1, 3))
  line.place(messages(1, 5), { ...LOOKING, isLooking: false })

  assert.equal(line.seq, 4)
})

test("a reader is named at the last message they have read, never at their own, and I am not", () => {
  const readings = new Readings()
  const all = [message(1), message(3), message(4, { user_id: 9 })]
  readings.mark({ user_id: 9, username: "Carla", seq: 4 })
  readings.mark({ user_id: 8, username: "Ben", seq: 4 })
  readings.mark({ user_id: 10, username: "Dmitri", seq: 2 })
  readings.mark({ user_id: 8, username: "Ben", seq: 1 })
  readings.mark({ user_id: ME.userId, username: "Ana", seq: 4 })

  const names = [...readings.lastOf(all, ME.userId)].map(([seq, people]) => [seq, people.map(({ username }) => username)])

  assert.deepEqual(names, [[4, ["Ben"]], [1, ["Dmitri"]]])
})

test("who has read is shown until somebody doesn't want to see it, room by room", () => {
  const shelf = new Shelf(() => storage)
  const storage = new MemoryStorage()
  const others = new Readings()
  others.mark({ user_id: 8, username: "Ben", seq: 1 })
  const shown = (ref, receipts) => receipts.of({ ref, reading: { others }, person: ME }, [message(1, { user_id: 9 })]).size
  const receipts = new Receipts(shelf)
  assert.equal(shown("general", receipts), 1)

  receipts.set("general", false)

  assert.deepEqual(["general", "design"].map((ref) => shown(ref, new Receipts(shelf))), [0, 1])
})

test("who was here is named with when, the last one first, and not who is here", () => {
  const members = new Members()
  members.replace([{ user_id: 7, username: "Ana" }, { user_id: 9, username: "Carla" }])
  members.meet([
    { user_id: 7, username: "Ana", last_seen: "2026-11-24T09:00:00.000Z" },
    { user_id: 8, username: "Ben", last_seen: "2026-11-24T08:00:00.000Z" },
  ])

  members.depart({ user_id: 9, username: "Carla", last_seen: "2026-11-24T10:00:00.000Z" })

  assert.deepEqual(members.away(9).map(({ username }) => username), ["Carla", "Ben"])
})
