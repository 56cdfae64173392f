import assert from "node:assert/strict"
import { test } from "node:test"

import { keyOf, pendingMessage, rowsOf } from "../../web/js/models/timeline.js"
import { ShownWindow, SHOWN_MAX } from "../../web/js/models/shown_window.js"
import { message, messages } from "./support/builders.js"

// Local time, so that the days are the reader's own wherever the tests run.
function at(seq, hour, minute, { day = 24, ...rest } = {}) {
  return message(seq, { created_at: new Date(2026, 10, day, hour, minute).toISOString(), ...rest })
}

function continued(rows) {
  return rows.filter(({ kind }) => kind === "message").map(({ isContinued }) => isContinued)
}

test("the same author within five minutes continues", () => {
  const rows = rowsOf([at(1, 10, 0), at(2, 10, 4), at(3, 10, 9), at(4, 10, 14)])

  assert.deepEqual(continued(rows), [false, true, false, false])
})

test("another author, or the same one under another name, begins anew", () => {
  const rows = rowsOf([at(1, 10, 0), at(2, 10, 1, { user_id: 9 }), at(3, 10, 1, { user_id: 9, username: "B" })])

  assert.deepEqual(continued(rows), [false, false, false])
})

test("each day has its separator, also the very first", () => {
  const rows = rowsOf([at(1, 23, 58), at(2, 23, 59), at(3, 0, 1, { day: 25 })])

  assert.deepEqual(rows.map(({ kind }) => kind), ["day", "message", "message", "day", "message"])
  assert.deepEqual(continued(rows), [false, true, false])
})

test("a row stays the same row from pending to stored", () => {
  const person = { userId: 7, username: "Ana" }
  const pending = pendingMessage({ client_id: "c1", content: "hi", written_at_ms: 0 }, person)

  assert.equal(keyOf(pending), keyOf(message(9, { user_id: 7, client_id: "c1" })))
})

test("two people with the same client_id are two rows", () => {
  assert.notEqual(keyOf(message(1, { client_id: "c" })), keyOf(message(2, { client_id: "c", user_id: 9 })))
})

test("a message without a date is a row like any other", () => {
  assert.equal(rowsOf([message(1, { created_at: "soon" })]).at(-1).kind, "message")
})

test("what can't be shown has a line in its place, and groups go on around it", () => {
  const said = [message(2), message(5)]

  const rows = rowsOf([...said, { ...message(0), seq: undefined, client_id: "c1" }], { unknown: [1, 3, 4, 6] })

  assert.deepEqual(rows.map(({ kind, key }) => (kind === "unknown" ? key : kind)), [
    "day", "message", "seq/3", "seq/4", "message", "seq/6", "message",
  ])
  assert.ok(rows[4].isContinued)
  assert.deepEqual(rowsOf([], { unknown: [1] }), [])
})

test("at the end the window follows the end and never exceeds its bound", () => {
  const shown = new ShownWindow()
  const all = messages(1, 400)
  const first = shown.slice(all, { isAtEnd: true })
  assert.equal(first.at(-1).seq, 400)

  all.push(...messages(401, 1_000))
  const later = shown.slice(all, { isAtEnd: true })

  assert.equal(later.length, SHOWN_MAX)
  assert.equal(later.at(-1).seq, 1_000)
})

test("elsewhere the window stays where it is being read", () => {
  const shown = new ShownWindow()
  const all = messages(1, 400)
  shown.slice(all, { isAtEnd: true })
  shown.older(all)
  const before = shown.slice(all, { isAtEnd: false })

  all.push(...messages(401, 1_000))
  const after = shown.slice(all, { isAtEnd: false })

  assert.equal(after[0].seq, before[0].seq)
  assert.equal(after.length, SHOWN_MAX)
  assert.equal(shown.isAtNewest, false)
})

test("going up and down again loses nothing", () => {
  const shown = new ShownWindow()
  const all = messages(1, 900)
  shown.slice(all, { isAtEnd: true })

  while (shown.older(all));
  assert.deepEqual([shown.slice(all, { isAtEnd: false })[0].seq, shown.isAtNewest], [1, false])
  while (!shown.isAtNewest) shown.newer(all)

  assert.equal(shown.slice(all, { isAtEnd: true }).at(-1).seq, 900)
})

test("an empty room has an empty window, and its first message appears", () => {
  const shown = new ShownWindow()

  assert.deepEqual(shown.slice([], { isAtEnd: true }), [])
  assert.equal(shown.older([]), 0)
  assert.equal(shown.slice(messages(1, 1), { isAtEnd: true }).length, 1)
})
