import assert from "node:assert/strict"
import { test } from "node:test"

import { piecesOf } from "../../web/js/helpers/excerpts.js"
import { Search } from "../../web/js/models/search.js"
import { FakeClock } from "./support/fakes.js"

const LONG_MS = 1_000

// Answers when it is told to, in whatever order.
class Asked {
  questions = []

  ask = (text, before) =>
    new Promise((resolve, reject) => this.questions.push({ text, before, answer: resolve, refuse: reject }))

  async answer(index, seqs, has_more = false) {
    this.questions.at(index).answer({ results: seqs.map((seq) => ({ seq })), has_more })
    await new Promise(setImmediate)
  }

  async refuse(index, problem) {
    this.questions.at(index).refuse(problem)
    await new Promise(setImmediate)
  }
}

function aSearch() {
  const clock = new FakeClock()
  const asked = new Asked()
  const search = new Search({ ask: asked.ask, timers: clock })
  const found = () => search.results.map(({ seq }) => seq)
  const type = (text) => {
    search.type(text)
    clock.pass(LONG_MS)
  }
  return { search, clock, asked, found, type }
}

test("a word is asked for once, when whoever types it pauses", () => {
  const { search, clock, asked } = aSearch()

  for (const text of ["c", "co", "coffee", "coffee "]) search.type(text)
  assert.equal(search.state, "searching")
  clock.pass(LONG_MS)

  assert.deepEqual(asked.questions.map(({ text, before }) => [text, before]), [["coffee", null]])
})

test("an answer to an earlier question is nobody's any more", async () => {
  const { search, asked, found, type } = aSearch()
  type("tea")
  type("coffee")

  await asked.answer(1, [9])
  await asked.answer(0, [4])

  assert.deepEqual(found(), [9])
  assert.equal(search.isAnswered, true)
})

test("what was found stays until the next answer, and goes with the words", async () => {
  const { search, asked, found, type } = aSearch()
  type("tea")
  await asked.answer(0, [4])

  type("tea pot")
  assert.deepEqual(found(), [4])
  type(" ")

  assert.deepEqual([found(), search.state], [[], "idle"])
  await asked.answer(1, [5])
  assert.deepEqual([found(), search.state], [[], "idle"])
})

test("older ones are added, once, in front of the last one found", async () => {
  const { search, asked, found, type } = aSearch()
  type("tea")
  await asked.answer(0, [9, 7], true)

  search.more()
  search.more()
  await asked.answer(1, [3])
  search.more()

  assert.deepEqual(asked.questions.map(({ before }) => before), [null, 7])
  assert.deepEqual([found(), search.hasMore], [[9, 7, 3], false])
})

test("a failure says why, loses nothing that was found, and can be tried again", async () => {
  const { search, asked, found, type } = aSearch()
  type("tea")
  await asked.refuse(0, { code: "unreachable", message: "" })
  assert.deepEqual([search.state, search.problem.code], ["failed", "unreachable"])
  search.retry()
  await asked.answer(1, [9], true)
  assert.equal(search.problem, null)

  search.more()
  await asked.refuse(2, { code: "search_behind", message: "" })
  assert.deepEqual([search.state, found()], ["failed", [9]])
  search.retry()
  await asked.answer(3, [2])

  assert.deepEqual([asked.questions[3].before, found()], [9, [9, 2]])
})

test("marks and spaces are nothing to look for yet", async () => {
  const { search, asked, type } = aSearch()
  type("…")

  await asked.refuse(0, { code: "invalid_event", field: "q", message: "q must have a word" })

  assert.deepEqual([search.state, search.problem], ["idle", null])
})

for (const [excerpt, marks, pieces] of [
  ["tea, please", [[0, 3]], ["*tea*", ", please"]],
  ["more tea", [[5, 8]], ["more ", "*tea*"]],
  ["🎉🎉 tea", [[3, 6]], ["🎉🎉 ", "*tea*"]],
  ["teapot", [[0, 6], [0, 3]], ["*teapot*"]],
  ["tea", [[0, 9]], ["*tea*"]],
  ["nothing", [], ["nothing"]],
]) {
  test(`${excerpt} is marked at ${JSON.stringify(marks)}`, () => {
    const found = piecesOf(excerpt, marks).map(({ text, isMarked }) => (isMarked ? `*${text}*` : text))

    assert.deepEqual(found, pieces)
  })
}
