import assert from "node:assert/strict"
import { test } from "node:test"

import { daysFrom, untilMidnight_ms } from "../../web/js/helpers/calendar.js"
import { addressOf, connectLines } from "../../web/js/helpers/connect_lines.js"
import { newClientId, newUserId } from "../../web/js/helpers/ids.js"
import { hueOf, initialsOf, problemWithName } from "../../web/js/helpers/names.js"
import { charsIn, isBlank, isLong, sendable } from "../../web/js/helpers/text.js"

for (const [name, problem] of [
  ["Ana", null],
  ["  José Ñandú 🌱 ", null],
  ["李雷", null],
  ["x".repeat(64), null],
  ["", "name.empty"],
  [" \u3164 ", "name.empty"],
  ["x".repeat(65), "name.too_long"],
  ["Ana\u202egnp", "name.hidden"],
  ["A\u200bna", "name.hidden"],
  ["A\nna", "name.hidden"],
  ["Server", "name.reserved"],
]) {
  test(`a person may be called ${JSON.stringify(name.slice(0, 20))}: ${problem ?? "yes"}`, () => {
    assert.equal(problemWithName(name), problem)
  })
}

test("initials are the first letters of the first and the last name", () => {
  assert.deepEqual(["ana", "Ana María Ruiz", "(ben)", "李雷", "🌱"].map(initialsOf), ["A", "AR", "B", "李", "🌱"])
})

test("a person has one of twelve hues", () => {
  assert.equal(new Set(Array.from({ length: 100 }, (_, id) => hueOf(id))).size, 12)
  assert.equal(hueOf(Number.MAX_SAFE_INTEGER) % 30, 0)
})

test("ids fit the wire", () => {
  const all = (value) => (count) => new Uint8Array(count).fill(value)

  assert.equal(newUserId(all(255)), Number.MAX_SAFE_INTEGER)
  assert.equal(newUserId(all(0)), 1)
  assert.match(newClientId(), /^[a-z0-9]{24}$/u)
})

test("text is counted, cleaned and folded as the server and the reader need it", () => {
  assert.equal(charsIn("a🌱"), 2)
  assert.ok(isBlank(" \n\u200b\u2800"))
  assert.ok(!isBlank("."))
  assert.equal(sendable("a\0b\ud800"), "ab\ufffd")
  assert.ok(isLong("\n".repeat(10_000)) && isLong("x".repeat(4_000)) && !isLong("short"))
})

test("days are counted by midnights", () => {
  assert.equal(daysFrom(new Date(2026, 2, 30, 0, 5), new Date(2026, 2, 28, 23, 55)), -2)
  assert.equal(untilMidnight_ms(new Date(2026, 10, 24, 23, 59, 30)), 30_000)
})

test("an address is the room's, safe to paste into a shell", () => {
  const address = addressOf("book-club", { origin: "https://chat.example", userId: 3, name: "Zoë $(rm)" })

  assert.equal(address, "wss://chat.example/ws/book-club?user_id=3&username=Zo%C3%AB%20%24(rm)")
})

test("every way to connect names this room", () => {
  const lines = connectLines("book-club", { origin: "http://localhost:8000", hello: 'say "hi"' })

  for (const kind of ["websocat", "wscat", "python", "javascript"]) {
    assert.match(lines[kind], /ws:\/\/localhost:8000\/ws\/book-club\?/u)
  }
  assert.match(lines.python, /"say \\"hi\\""/u)
})
