// Who sits at the page, as the server knows it.

import assert from "node:assert/strict"
import { test } from "node:test"

import { Shelf } from "../../web/js/helpers/shelf.js"
import { Account } from "../../web/js/models/account.js"
import { Person } from "../../web/js/models/person.js"
import { Recognition } from "../../web/js/net/recognition.js"
import { FakeClock, MemoryStorage } from "./support/fakes.js"

const ANA = { user_id: 7, username: "Ana" }
const settled = () => new Promise(setImmediate)

// `answers`: one for each time the server is asked; null if it is away.
async function whoever({ kept = null, answers }) {
  const storage = new MemoryStorage()
  const shelf = new Shelf(() => storage)
  if (kept) shelf.put("roomserver.person", kept)
  const clock = new FakeClock()
  const person = new Person(shelf)
  const account = new Account(shelf)
  const ask = async () => answers.shift() ?? Promise.reject(new Error("unreachable"))
  const recognition = new Recognition({ person, account, ask, timers: clock })
  const told = []
  recognition.addEventListener("another", ({ detail }) => told.push(detail))
  recognition.addEventListener("nobody", () => told.push("nobody"))
  await recognition.begin()
  return { told, clock, account, answers }
}

test("a browser that has lost who sits here is told it by the server", async () => {
  const { told, account } = await whoever({ answers: [{ mode: "accounts", user: ANA }] })

  assert.deepEqual(told, [ANA])
  assert.ok(account.hasAccounts)
})

test("what a browser has kept of somebody else doesn't count", async () => {
  const kept = { user_id: 9, username: "Ben" }

  assert.deepEqual((await whoever({ kept, answers: [{ mode: "tokens", user: ANA }] })).told, [ANA])
})

test("nothing is told of whom the browser knows, nor where names are believed", async () => {
  const known = await whoever({ kept: ANA, answers: [{ mode: "accounts", user: ANA }] })
  const believed = await whoever({ kept: ANA, answers: [{ mode: "open", user: null }] })

  assert.deepEqual([known.told, believed.told], [[], []])
})

test("whom the server doesn't know is nobody", async () => {
  assert.deepEqual((await whoever({ answers: [{ mode: "accounts", user: null }] })).told, ["nobody"])
})

test("without an answer somebody with a name goes on, and the server is asked again for the others", async () => {
  const answers = () => [null, { mode: "accounts", user: ANA }]
  const named = await whoever({ kept: ANA, answers: answers() })
  const unnamed = await whoever({ answers: answers() })
  for (const { clock } of [named, unnamed]) clock.pass(5_000)
  await settled()

  assert.deepEqual([named.told, named.answers.length], [[], 1])
  assert.deepEqual([unnamed.told, unnamed.answers.length], [[ANA], 0])
})
