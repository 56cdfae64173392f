import assert from "node:assert/strict"
import { test } from "node:test"

import { MemoryEntries } from "../../web/js/models/memory_entries.js"
import { anOutbox, contents, ME } from "./support/builders.js"
import { SlowEntries } from "./support/fakes.js"

test("what was written survives a reload, in order and under the same ids", () => {
  const store = new MemoryEntries()
  const before = anOutbox({ store })
  const written = ["one", "two", "three"].map((content) => before.add(content).client_id)

  const after = anOutbox({ store, tab: "later" })

  assert.deepEqual(contents(after.entries), ["one", "two", "three"])
  assert.deepEqual(after.entries.map(({ client_id }) => client_id), written)
})

test("nothing is sent before the store has it, and nothing overtakes", async () => {
  const store = new SlowEntries()
  const outbox = anOutbox({ store })
  await store.answer()

  outbox.add("first")
  outbox.add("second")
  assert.equal(outbox.next, null)
  await store.answer()

  assert.equal(outbox.next.content, "first")
})

test("nothing is sent before it is known what waits already", async () => {
  const store = new SlowEntries()
  const before = anOutbox({ store })
  before.add("yesterday's")
  await store.answer()
  const outbox = anOutbox({ store, tab: "later", now: () => 2_000 })

  outbox.add("today's")
  assert.equal(outbox.next, null)
  await store.answer()

  assert.deepEqual(contents(outbox.entries), ["yesterday's", "today's"])
  assert.equal(outbox.next.content, "yesterday's")
})

test("what another tab wrote takes its place by the time it was written", () => {
  const store = new MemoryEntries()
  const one = anOutbox({ store, now: () => 1_000 })
  const other = anOutbox({ store, tab: "tab-2", now: () => 2_000 })
  other.add("second")
  one.add("first")

  store.dispatchEvent(new CustomEvent("change", { detail: { userId: ME.userId, room: "general" } }))

  assert.deepEqual(contents(one.entries), ["first", "second"])
  assert.deepEqual(contents(other.entries), ["first", "second"])
})

test("what was confirmed while the store was being read does not come back", async () => {
  const store = new SlowEntries()
  const outbox = anOutbox({ store })
  const { client_id } = outbox.add("hello")
  await store.answer()

  const loaded = outbox.load()
  outbox.remove(client_id)
  await store.answer()
  await loaded

  assert.deepEqual(outbox.entries, [])
})

test("a confirmed entry is gone for good", () => {
  const store = new MemoryEntries()
  const outbox = anOutbox({ store })
  const { client_id } = outbox.add("done")

  outbox.remove(client_id)

  assert.deepEqual(anOutbox({ store, tab: "later" }).entries, [])
})

test("a failed entry waits for its author and lets the next one pass", () => {
  const outbox = anOutbox()
  const first = outbox.add("first")
  const second = outbox.add("second")

  outbox.fail(first.client_id, { code: "message_too_long" })

  assert.equal(outbox.next.client_id, second.client_id)
  assert.equal(outbox.entries[0].reason.code, "message_too_long")
})

test("a retry keeps its id and its place", () => {
  const outbox = anOutbox()
  const { client_id } = outbox.add("first")
  outbox.add("second")
  outbox.fail(client_id, { code: "muted" })

  outbox.retry(client_id)

  assert.equal(outbox.next.client_id, client_id)
})

test("two entries of one millisecond keep their order", () => {
  const store = new MemoryEntries()
  const outbox = anOutbox({ store, now: () => 5 })
  for (const content of ["a", "b", "c"]) outbox.add(content)

  assert.deepEqual(contents(anOutbox({ store, tab: "later" }).entries), ["a", "b", "c"])
})

test("entries move along when the room's own name becomes known, and meet those who wait there", () => {
  const store = new MemoryEntries()
  anOutbox({ store, room: "general", tab: "old", now: () => 500 }).add("earlier")
  const outbox = anOutbox({ store, room: "1" })
  outbox.add("hello")

  outbox.moveTo("general")

  assert.deepEqual([...store.rooms(ME.userId)], ["general"])
  assert.deepEqual(contents(outbox.entries), ["earlier", "hello"])
})

test("each room has its own entries", () => {
  const store = new MemoryEntries()
  anOutbox({ store, room: "general-2" }).add("elsewhere")

  assert.deepEqual(anOutbox({ store, room: "general", tab: "tab-2" }).entries, [])
})

test("a full store loses durability, not the message", async () => {
  const store = new SlowEntries()
  store.put = () => Promise.reject(new Error("QuotaExceededError"))
  const outbox = anOutbox({ store })
  outbox.add("still here")

  await store.answer()
  outbox.load()
  await store.answer()

  assert.equal(outbox.next.content, "still here")
})
