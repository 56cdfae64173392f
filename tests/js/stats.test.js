import assert from "node:assert/strict"
import { test } from "node:test"

import { Feed } from "../../web/js/stats/feed.js"
import { chartData, linePoints, summaryOf } from "../../web/js/stats/measures.js"
import { FakeClock } from "./support/fakes.js"

const FIGURES = { every_s: 2, series: { at_ms: [1_000, 3_000], connections: [4, 5] } }

function aFeed(...answers) {
  const clock = new FakeClock()
  const asked = []
  const fetch = async (path) => {
    asked.push(path)
    const answer = answers[Math.min(asked.length, answers.length) - 1]
    if (answer instanceof Error) throw answer
    return { ok: answer !== null, json: async () => answer }
  }
  return { feed: new Feed({ fetch, timers: clock }), clock, asked }
}

test("the last value, the mean and the peak of what was measured", () => {
  assert.deepEqual(summaryOf([2, null, 6, 4]), { now: 4, mean: 4, peak: 6 })
  assert.deepEqual(summaryOf([2, null]), { now: null, mean: 2, peak: 2 })
  assert.deepEqual(summaryOf([null]), { now: null, mean: null, peak: null })
})

test("a chart has seconds and the values over them", () => {
  assert.deepEqual(chartData(FIGURES, ["connections"]), [[1, 3], [4, 5]])
})

test("a line spans its box from bottom to top, whatever the values", () => {
  assert.equal(linePoints([0, 5, 10]), "0.0,100.0 50.0,50.0 100.0,0.0")
  assert.equal(linePoints([0, 0]), "0.0,100.0 100.0,100.0")
  assert.equal(linePoints([3]), "")
})

test("the feed asks again as often as there is something new", async () => {
  const { feed, clock, asked } = aFeed(FIGURES)

  await feed.resume()
  clock.pass(1_999)
  assert.equal(asked.length, 1)
  clock.pass(1)

  assert.equal(asked.length, 2)
  assert.equal(feed.figures, FIGURES)
})

test("a server that doesn't answer leaves the last figures standing", async () => {
  for (const failure of [new Error("away"), null]) {
    const { feed, clock, asked } = aFeed(FIGURES, failure)
    await feed.resume()
    const away = new Promise((resolve) => feed.addEventListener("away", resolve))

    clock.pass(2_000)
    await away

    assert.ok(feed.isAway)
    assert.equal(feed.figures, FIGURES)
    clock.pass(5_000)
    assert.equal(asked.length, 3)
  }
})

test("nobody is asked while nobody looks", async () => {
  const { feed, clock, asked } = aFeed(FIGURES)
  await feed.resume()

  feed.pause()
  clock.pass(60_000)

  assert.equal(asked.length, 1)
})
