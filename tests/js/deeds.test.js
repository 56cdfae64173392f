import assert from "node:assert/strict"
import { test } from "node:test"

import { Deeds, withDeeds } from "../../web/js/models/deeds.js"
import { MemoryEntries } from "../../web/js/models/memory_entries.js"
import { anOpenSession, anOutbox, contents, deletion, edit, hello, ME, message, reaction } from "./support/builders.js"
import { FakeClock } from "./support/fakes.js"

const MINE = { user_id: ME.userId, username: ME.username }

function aRoom() {
  const all = anOpenSession({ history: [message(1), message(2, MINE)] })
  const shown = () => withDeeds(all.log.messages, all.outbox.entries, ME)
  return { ...all, deeds: all.session.deeds, shown }
}

test("a reaction shows at once, goes out, and is told by the room", () => {
  const { network, outbox, deeds, shown, log } = aRoom()

  deeds.toggle(shown()[0], "🎉")

  const [{ client_id, ...sent }] = network.socket.sentOf("react")
  assert.deepEqual(sent, { type: "react", message_id: 101, emoji: "🎉", on: true })
  const expected = [{ emoji: "🎉", people: [{ user_id: 7, username: "Ana" }] }]
  assert.deepEqual(shown()[0].reactions, expected)
  network.socket.tells("reaction", reaction(3, 1, "🎉", { ...MINE, client_id }))
  assert.deepEqual(outbox.entries, [])
  assert.deepEqual(log.messages[0].reactions, expected)
})

test("pressed again, my reaction is taken back and the others' stay", () => {
  const { network, deeds, shown } = aRoom()
  network.socket.tells("reaction", reaction(3, 1, "🎉"))
  network.socket.tells("reaction", reaction(4, 1, "🎉", MINE))

  deeds.toggle(shown()[0], "🎉")

  assert.equal(network.socket.sentOf("react")[0].on, false)
  assert.deepEqual(shown()[0].reactions[0].people, [{ user_id: 8, username: "Ben" }])
})

test("what was done already from elsewhere is answered with the first one's event", () => {
  const { network, outbox, deeds, shown } = aRoom()
  deeds.toggle(shown()[0], "🎉")

  network.socket.tells("reaction", reaction(3, 1, "🎉", { ...MINE, client_id: "another tab's" }))

  assert.deepEqual(outbox.entries, [])
})

test("an edit shows at once and survives a lost connection under the same id", () => {
  const { network, clock, deeds, shown } = aRoom()
  deeds.edit(shown()[1], "better")
  network.socket.ends()
  clock.pass(1_000)

  network.socket.tells("connected", hello({ last_seq: 2 }))

  assert.equal(shown()[1].content, "better")
  const ids = network.sockets.flatMap((socket) => socket.sentOf("edit")).map(({ client_id }) => client_id)
  assert.deepEqual([ids.length, new Set(ids).size], [2, 1])
})

test("a deletion can be undone for five seconds, and is sent only then", () => {
  const { network, clock, outbox, deeds, shown } = aRoom()
  deeds.delete(shown()[1])
  assert.equal(shown()[1].deleted, true)

  deeds.undo(shown()[1].undo)
  clock.pass(4_999)
  assert.equal(shown()[1].content, "message 2")
  deeds.delete(shown()[1])
  clock.pass(5_000)

  assert.equal(network.socket.sentOf("delete").length, 1)
  network.socket.tells("message_deleted", deletion(3, 2, { ...MINE, client_id: outbox.entries[0].client_id }))
  assert.deepEqual(outbox.entries, [])
  assert.equal(shown()[1].deleted, true)
})

test("a deletion whose tab was closed meanwhile is not forgotten", () => {
  const store = new MemoryEntries()
  const clock = new FakeClock()
  anOutbox({ store, now: clock.now }).addDeed({ kind: "delete", message_id: 102 }, { heldFor_ms: 5_000 })

  const later = anOutbox({ store, tab: "tab-2", now: clock.now })
  new Deeds({ outbox: later, myId: ME.userId, timers: clock, now: clock.now })
  later.load()
  clock.pass(4_999)
  assert.equal(later.next, null)
  clock.pass(1)

  assert.equal(later.next.kind, "delete")
})

test("a refused edit stays beside its message, a refused reaction just goes", () => {
  const { network, outbox, deeds, shown } = aRoom()
  deeds.toggle(shown()[0], "🎉")
  deeds.edit(shown()[1], "better")
  const refuse = () =>
    network.socket.tells("error", { code: "message_not_found", retryable: false, client_id: outbox.next.client_id })

  refuse()
  refuse()

  assert.equal(shown()[0].reactions, undefined)
  assert.deepEqual([shown()[1].content, shown()[1].pending.reason.code], ["better", "message_not_found"])
})

test("only mine can be changed, and nothing can be done to what is deleted or not sent yet", () => {
  const { network, deeds, shown } = aRoom()
  const can = () => shown().map((each) => [deeds.canReact(each), deeds.canChange(each)])
  assert.deepEqual(can(), [[true, false], [true, true]])

  network.socket.tells("message_edited", edit(3, 1, "still there"))
  network.socket.tells("message_deleted", deletion(4, 2, MINE))

  assert.deepEqual(contents(shown()), ["still there", ""])
  assert.deepEqual(can(), [[true, false], [false, false]])
  assert.equal(deeds.canReact({ content: "pending" }), false)
})
