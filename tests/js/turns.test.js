// Of all tabs of one browser, one sends.

import assert from "node:assert/strict"
import { test } from "node:test"

import { Shelf } from "../../web/js/helpers/shelf.js"
import { MemoryEntries } from "../../web/js/models/memory_entries.js"
import { LockTurn, NoteTurn } from "../../web/js/net/turns.js"
import { aSession, contents, hello } from "./support/builders.js"
import { FakeClock, FakeLocks, MemoryStorage } from "./support/fakes.js"

const settled = () => new Promise(setImmediate)

function byLocks() {
  const locks = new FakeLocks()
  return (_name, gained = () => {}) => new LockTurn({ locks, gained })
}

function byNotes(clock = new FakeClock()) {
  const shelf = new Shelf(() => storage)
  const storage = new MemoryStorage()
  return (me, gained = () => {}) => new NoteTurn({ shelf, timers: clock, now: clock.now, me, gained })
}

for (const [kind, tabs] of [["locks", byLocks], ["notes", byNotes]]) {
  test(`by ${kind}: one has it, whoever writes seizes it, and it is the other's again after that`, async () => {
    const tab = tabs()
    const [one, other] = [tab("one"), tab("other")]
    const mine = () => [one.isMine, other.isMine]

    one.begin("7/general")
    other.begin("7/general")
    await settled()
    assert.deepEqual(mine(), [true, false])
    other.seize()
    await settled()
    assert.deepEqual(mine(), [false, true])
    one.seize()
    await settled()
    assert.deepEqual(mine(), [true, false])
    other.end()
    one.end()
    await settled()

    assert.deepEqual(mine(), [false, false])
  })

  test(`by ${kind}: each room has its own turn`, async () => {
    const tab = tabs()
    const [one, other] = [tab("one"), tab("other")]

    one.begin("7/general")
    other.begin("7/design")
    await settled()

    assert.deepEqual([one.isMine, other.isMine], [true, true])
  })

  test(`by ${kind}: without a connection nothing is seized`, async () => {
    const turn = tabs()("one")

    turn.seize()
    await settled()

    assert.equal(turn.isMine, false)
  })
}

test("by locks: the next in line has it as soon as the tab is gone", async () => {
  const tab = byLocks()
  let gained = 0
  const [one, other] = [tab("one"), tab("other", () => (gained += 1))]
  one.begin("7/general")
  other.begin("7/general")
  await settled()

  one.end()
  await settled()

  assert.deepEqual([other.isMine, gained], [true, 1])
})

test("by notes: a tab that is gone without a word is given up after six seconds", () => {
  const clock = new FakeClock()
  const dead = new FakeClock() // its timers never come
  const storage = new MemoryStorage()
  const shelf = new Shelf(() => storage)
  const one = new NoteTurn({ shelf, timers: dead, now: clock.now, me: "one", gained() {} })
  const other = new NoteTurn({ shelf, timers: clock, now: clock.now, me: "other", gained() {} })
  one.begin("7/general")
  other.begin("7/general")

  clock.pass(5_900)
  assert.equal(other.isMine, false)
  clock.pass(2_100)

  assert.equal(other.isMine, true)
})

test("by notes: without a storage every tab has its turn, and there is nothing to share", () => {
  const shelf = new Shelf(() => {
    throw new Error("SecurityError")
  })
  const turn = new NoteTurn({ shelf, timers: new FakeClock(), me: "one", gained() {} })

  turn.begin("7/general")

  assert.equal(turn.isMine, true)
})

test("two tabs, one sender: it sends what both have written, in the order in which it was written", async () => {
  const store = new MemoryEntries()
  const tab = byLocks()
  const tabs = ["one", "other"].map((name) => aSession({ tab: name, store, takeTurns: (gained) => tab(name, gained) }))
  for (const { session, network } of tabs) {
    session.connect()
    network.socket.tells("connected", hello())
  }
  await settled()
  tabs.forEach(({ network }) => network.socket.ends())
  tabs[0].outbox.add("first")
  tabs[0].clock.pass(1)
  tabs[1].clock.now_ms += 10
  tabs[1].outbox.add("second")

  tabs[0].session.retryNow()
  tabs[0].network.socket.tells("connected", hello())
  tabs[1].session.retryNow()
  tabs[1].network.socket.tells("connected", hello())
  await settled()

  const sent = tabs.map(({ network }) => contents(network.sockets.flatMap((socket) => socket.sentOf("message"))))
  assert.deepEqual(sent, [["first"], []])
  const { client_id } = tabs[0].outbox.next
  tabs[0].network.socket.tells("message_sent", { message_id: 101, seq: 1, timestamp: "2026-11-24T10:00:01Z", client_id })
  assert.deepEqual(contents(tabs[0].network.socket.sentOf("message")), ["first", "second"])
})
