// What was being written: each person's own, in one browser.

import assert from "node:assert/strict"
import { test } from "node:test"

import { Shelf } from "../../web/js/helpers/shelf.js"
import { Drafts } from "../../web/js/models/drafts.js"
import { MemoryStorage } from "./support/fakes.js"

const ANA = { userId: 7 }
const BEN = { userId: 8 }

function aBrowser() {
  const storage = new MemoryStorage()
  return { storage, draftsOf: (...whose) => new Drafts(new Shelf(() => storage), ...whose) }
}

test("what somebody was writing is there again, for them alone", () => {
  const { draftsOf } = aBrowser()
  draftsOf(ANA).keep("general", "between us")

  assert.deepEqual([draftsOf(ANA).of("general"), draftsOf(BEN).of("general")], ["between us", ""])
  assert.equal(draftsOf(ANA).of("design"), "")
})

test("what is sent leaves nothing behind", () => {
  const { draftsOf, storage } = aBrowser()
  draftsOf(ANA).keep("general", "hello")
  draftsOf(ANA).keep("general", "")

  assert.deepEqual(Object.keys(storage), [])
})

test("drafts that don't say whose they are go to whoever can only be meant, once", () => {
  const { draftsOf, storage } = aBrowser()
  draftsOf(ANA).keep("design", "newer")
  storage.setItem("roomserver.draft/general", '"of old"')
  storage.setItem("roomserver.draft/design", '"older"')

  for (const person of [ANA, BEN]) draftsOf(person, { isAlone: true })

  assert.deepEqual(["general", "design"].map((room) => draftsOf(ANA).of(room)), ["of old", "newer"])
  assert.equal(draftsOf(BEN).of("general"), "")
})

test("where several people may use a browser they are nobody's", () => {
  const { draftsOf, storage } = aBrowser()
  storage.setItem("roomserver.draft/general", '"of old"')

  assert.deepEqual([draftsOf(BEN).of("general"), Object.keys(storage)], ["", []])
})
