import assert from "node:assert/strict"
import { test } from "node:test"

import { Shelf } from "../../web/js/helpers/shelf.js"
import { roomsWithEntries } from "../../web/js/models/outbox.js"
import { anOutbox, contents, ME } from "./support/builders.js"
import { MemoryStorage } from "./support/fakes.js"

const NOBODY = () => false

test("what was written survives a reload, in order and under the same ids", () => {
  const storage = new MemoryStorage()
  const before = anOutbox({ storage, owner: "old" })
  const written = ["one", "two", "three"].map((content) => before.add(content).client_id)

  const after = anOutbox({ storage, owner: "new" })
  after.adopt(NOBODY)

  assert.deepEqual(contents(after.entries), ["one", "two", "three"])
  assert.deepEqual(after.entries.map(({ client_id }) => client_id), written)
})

test("an entry of a tab that still lives is left to it", () => {
  const storage = new MemoryStorage()
  anOutbox({ storage, owner: "alive" }).add("mine")
  anOutbox({ storage, owner: "gone" }).add("orphan")

  const outbox = anOutbox({ storage, owner: "me" })
  outbox.adopt((owner) => owner === "alive")

  assert.deepEqual(contents(outbox.entries), ["orphan"])
})

test("a confirmed entry is gone for good", () => {
  const storage = new MemoryStorage()
  const outbox = anOutbox({ storage })
  const { client_id } = outbox.add("done")

  outbox.remove(client_id)

  const after = anOutbox({ storage, owner: "new" })
  after.adopt(NOBODY)
  assert.deepEqual(after.entries, [])
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
  const storage = new MemoryStorage()
  const outbox = anOutbox({ storage, now: () => 5 })
  for (const content of ["a", "b", "c"]) outbox.add(content)

  const after = anOutbox({ storage, owner: "new" })
  after.adopt(NOBODY)

  assert.deepEqual(contents(after.entries), ["a", "b", "c"])
})

test("entries move along when the room's own name becomes known", () => {
  const storage = new MemoryStorage()
  const outbox = anOutbox({ storage, room: "1" })
  outbox.add("hello")

  outbox.moveTo("general")

  assert.deepEqual([...roomsWithEntries(new Shelf(() => storage), ME.userId)], ["general"])
})

test("a room whose name begins like another's keeps its own entries", () => {
  const storage = new MemoryStorage()
  anOutbox({ storage, room: "general-2", owner: "old" }).add("elsewhere")

  const outbox = anOutbox({ storage, room: "general" })
  outbox.adopt(NOBODY)

  assert.deepEqual(outbox.entries, [])
})

test("a full storage loses durability, not the message", () => {
  const storage = new MemoryStorage()
  storage.setItem = () => {
    throw new Error("QuotaExceededError")
  }
  const outbox = anOutbox({ storage })

  outbox.add("still here")

  assert.equal(outbox.next.content, "still here")
})
