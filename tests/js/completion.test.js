import assert from "node:assert/strict"
import { test } from "node:test"

import { emojiTable } from "../../web/js/completing/emoji.js"
import { emojiChoices, mentionChoices, wholeEmojiAt, wordAt } from "../../web/js/completing/choices.js"
import { ME, message } from "./support/builders.js"

// "|" stands where the caret is.
function at(marked) {
  const caret = marked.indexOf("|")
  return wordAt(marked.replace("|", ""), caret)
}

const people = [
  { user_id: ME.userId, username: "Ana" },
  { user_id: 8, username: "Andrés" },
  { user_id: 9, username: "Ana María" },
  { user_id: 10, username: "Ben" },
]
const labels = (choices) => choices.map(({ label }) => label)
const mention = (query, messages = []) => labels(mentionChoices(query, { people, messages, myId: ME.userId }))

test("an @ that begins a word asks for a person, an e-mail address doesn't", () => {
  assert.deepEqual(at("hi @an| there"), { kind: "mention", from: 3, to: 6, query: "an" })
  assert.deepEqual(at("@|"), { kind: "mention", from: 0, to: 1, query: "" })
  assert.deepEqual(at("(@Ana Ma|"), { kind: "mention", from: 1, to: 8, query: "Ana Ma" })
  for (const text of ["ana@example|", "@ an|", "@an\nb|", "no|", "@ana  b|", `@${"x".repeat(60)}|`]) assert.equal(at(text), null, text)
})

test("a colon that begins a word asks for an emoji from two letters on", () => {
  assert.deepEqual(at("so :ca|"), { kind: "emoji", from: 3, to: 6, query: "ca" })
  for (const text of [":c|", "12:30|", "https://a|", "a:ca|", ":)|", "::|"]) assert.equal(at(text), null, text)
})

test("people are found without regard to case and accents, also by their second name", () => {
  assert.deepEqual(mention("AND"), ["Andrés"])
  assert.deepEqual(mention("maria"), ["Ana María"])
  assert.deepEqual(mention("ana m"), ["Ana María"])
  assert.deepEqual(mention("x"), [])
})

test("whoever spoke last stands first, and nobody is offered to themselves", () => {
  const messages = [message(1, { user_id: 8, username: "Andrés" }), message(2, { user_id: 9, username: "Ana María" })]

  assert.deepEqual(mention("an"), ["Andrés", "Ana María"])
  assert.deepEqual(mention("an", messages), ["Ana María", "Andrés"])
  assert.ok(!mention("").includes("Ana"))
})

test("a name that is written out needs no completion", () => {
  assert.deepEqual(mention("Ben"), [])
  assert.deepEqual(mention("Ben "), [])
})

test("emoji are found by their names in both languages, and told in the reader's", () => {
  assert.equal(emojiChoices("cora", "es")[0].emoji, "❤️")
  assert.equal(emojiChoices("cora", "es")[0].label, "corazón")
  assert.equal(emojiChoices("heart", "es")[0].insert, "❤️ ")
  assert.equal(emojiChoices("CAFE", "en")[0].label, "coffee")
  assert.ok(emojiChoices("ca", "en").length <= 6)
  assert.deepEqual(emojiChoices("qqq", "en"), [])
})

test("a name between two colons becomes its emoji", () => {
  assert.deepEqual(wholeEmojiAt("so :fire:", 9), { from: 3, to: 9, insert: "🔥" })
  assert.deepEqual(wholeEmojiAt(":corazon:", 9), { from: 0, to: 9, insert: "❤️" })
  assert.equal(wholeEmojiAt("so :fire: x", 11), null)
  assert.equal(wholeEmojiAt(":nothing_like_it:", 17), null)
})

test("every emoji has a name in both languages, and stands there once", () => {
  const all = emojiTable()
  for (const { emoji, names } of all) {
    assert.match(emoji, /^\p{RGI_Emoji}$/v)
    for (const language of ["en", "es"]) {
      assert.ok(names[language].length > 0, emoji)
      for (const name of names[language]) assert.match(name, /^[\p{L}\p{N}_+]{2,}$/u)
    }
  }
  assert.equal(new Set(all.map(({ emoji }) => emoji)).size, all.length)
})
