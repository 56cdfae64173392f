import assert from "node:assert/strict"
import { test } from "node:test"

import { isMentioned } from "../../web/js/helpers/mentions.js"
import { Shelf } from "../../web/js/helpers/shelf.js"
import { NotifyLevels } from "../../web/js/models/notify_levels.js"
import { ME, message } from "./support/builders.js"
import { MemoryStorage } from "./support/fakes.js"

for (const [content, isOne] of [
  ["@Ana, tea?", true],
  ["tea, @ana?", true],
  ["@Anabel", false],
  ["me@ana.example", false],
  ["x@Ana @Ana", true],
  ["Ana", false],
]) {
  test(`${content}: ${isOne ? "calls" : "doesn't call"} Ana`, () => {
    assert.equal(isMentioned({ content }, ME), isOne)
  })
}

test("what the server found counts, whatever the name is by now", () => {
  assert.equal(isMentioned({ content: "@Anna", mentions: [ME.userId] }, ME), true)
  assert.equal(isMentioned({ content: "@Ana", mentions: [{ user_id: 9 }] }, ME), false)
})

test("nobody is told of anything they haven't asked for, and of nothing of their own", () => {
  const levels = new NotifyLevels(new Shelf(() => storage))
  const storage = new MemoryStorage()
  const wants = (options) => levels.wants(message(1, options), { room: "general", person: ME })
  const all = () => [wants({ content: "hi" }), wants({ content: "hi @Ana" }), wants({ user_id: ME.userId })]

  assert.deepEqual(all(), [false, false, false])
  levels.set("general", "mentions")
  assert.deepEqual(all(), [false, true, false])
  levels.set("general", "all")
  assert.deepEqual(all(), [true, true, false])
  levels.set("design", "none")

  assert.equal(new NotifyLevels(new Shelf(() => storage)).of("general"), "all")
})
