import assert from "node:assert/strict"
import { test } from "node:test"

import { changesTo, fieldOf, problemsWith, tidy } from "../../web/js/rooms/wish.js"

const ROOM = { name: "Book club", description: "What we read" }

for (const [wish, problems] of [
  [{ name: "Book club", description: "" }, {}],
  [{ name: " \u200b ", description: "" }, { name: "room_form.name_empty" }],
  [{ name: "🎉".repeat(80), description: "" }, {}],
  [{ name: "x".repeat(81), description: "" }, { name: "room_form.name_long" }],
  [{ name: "Book\u202eclub", description: "" }, { name: "room_form.hidden" }],
  [{ name: "Book", description: "x".repeat(281) }, { description: "room_form.description_long" }],
  [{ name: "", description: "\u202e" }, { name: "room_form.name_empty", description: "room_form.hidden" }],
]) {
  test(`${JSON.stringify(wish).slice(0, 50)} has as problems ${JSON.stringify(problems)}`, () => {
    assert.deepEqual(problemsWith(wish), problems)
  })
}

test("only what is otherwise is asked for", () => {
  assert.deepEqual(changesTo(ROOM, { ...ROOM, name: " Book   club\n" }), {})
  assert.deepEqual(changesTo(ROOM, { ...ROOM, description: "" }), { description: "" })
  assert.deepEqual(changesTo({ name: "Lobby" }, { name: "Plaza", description: " " }), { name: "Plaza" })
})

test("a refusal stands beside the field that it is about", () => {
  const about = [{ code: "room_exists" }, { code: "invalid_event", field: "description" }, { code: "forbidden" }, { code: "invalid_event", field: "body" }]

  assert.deepEqual(about.map(fieldOf), ["name", "description", null, null])
})

test("a room's name is one line", () => {
  assert.equal(tidy("  Book\n\tclub "), "Book club")
})
