import assert from "node:assert/strict"
import { test } from "node:test"

import { Standing } from "../../web/js/models/standing.js"
import { hello, ME, message, ROOM } from "./support/builders.js"
import { FakeClock } from "./support/fakes.js"

function aStanding(facts = {}) {
  const clock = new FakeClock()
  const standing = new Standing({ myId: ME.userId, now: clock.now })
  standing.hear({ type: "connected", data: hello(facts) }, ROOM)
  const hear = (type, data) => standing.hear({ type, data }, ROOM)
  return { standing, clock, hear }
}

const inAMinute = (clock) => new Date(clock.now() + 60_000).toISOString()
const roomIs = (facts) => ({ room_id: ROOM.id, archived: false, announce_only: false, slow_mode_s: 0, ...facts })

test("where nothing was decided, everybody writes as they like", () => {
  const { standing } = aStanding({ may: ["post", "react"] })

  assert.equal(standing.barred, null)
  assert.equal(standing.slowMode_s, 0)
  assert.equal(standing.isPassing, false)
})

test("a mute ends by itself", () => {
  const { standing, clock, hear } = aStanding()
  const until = inAMinute(clock)

  hear("member_updated", { user_id: ME.userId, role: "member", muted_until: until })
  assert.deepEqual(standing.barred, { why: "muted", until_ms: Date.parse(until) })
  assert.equal(standing.isPassing, true)
  clock.pass(60_000)

  assert.equal(standing.barred, null)
})

test("a mute is known from the first frame, and from a refusal", () => {
  const early = aStanding({ may: ["react"], muted_until: "2999-01-01T00:00:00.000Z" })
  const late = aStanding()
  late.hear("error", { code: "muted", until: "2999-01-01T00:00:00.000Z", retry_after_ms: 1 })

  for (const { standing } of [early, late]) assert.equal(standing.barred.why, "muted")
})

test("what is decided about others changes nothing", () => {
  const { standing, hear } = aStanding()

  hear("member_updated", { user_id: 8, role: "member", muted_until: "2999-01-01T00:00:00.000Z" })
  hear("room_updated", roomIs({ room_id: 2, archived: true }))

  assert.equal(standing.barred, null)
})

test("only owners and moderators write where it is announced", () => {
  const { standing, hear } = aStanding({ announce_only: true })
  assert.equal(standing.barred.why, "announce")

  hear("member_updated", { user_id: ME.userId, role: "moderator" })
  assert.equal(standing.barred, null)
  hear("member_updated", { user_id: ME.userId, role: "member" })
  assert.equal(standing.barred.why, "announce")
  hear("room_updated", roomIs({}))
  assert.equal(standing.barred, null)
})

test("an archived room is read, also by its owner, until it is restored", () => {
  const { standing, hear } = aStanding({ role: "owner", room: { ...ROOM, archived: true } })
  assert.equal(standing.barred.why, "archived")

  hear("room_updated", roomIs({}))

  assert.equal(standing.barred, null)
})

test("whoever may not write for another reason is told so", () => {
  assert.equal(aStanding({ may: ["read", "react"] }).standing.barred.why, "reader")
})

test("slow mode counts from my last message, on whatever device", () => {
  const { standing, clock, hear } = aStanding({ slow_mode_s: 30 })
  assert.equal(standing.wait_s, 0)

  hear("message_sent", { seq: 1 })
  assert.equal(standing.wait_s, 30)
  clock.pass(10_500)
  assert.equal(standing.wait_s, 20)
  hear("message", message(2, { user_id: 8 }))
  assert.equal(standing.wait_s, 20)
  clock.pass(20_000)
  assert.equal(standing.wait_s, 0)
  hear("message", message(3, { user_id: ME.userId }))
  assert.equal(standing.wait_s, 30)
})

test("after a reload a refusal says how long slow mode still lasts", () => {
  const { standing, hear } = aStanding({ slow_mode_s: 30 })

  hear("error", { code: "rate_limited", retryable: true, retry_after_ms: 12_001 })

  assert.equal(standing.wait_s, 13)
})

test("a moderator need not wait", () => {
  const { standing, hear } = aStanding({ slow_mode_s: 30, role: "moderator" })

  hear("message_sent", { seq: 1 })

  assert.equal(standing.slowMode_s, 0)
  assert.equal(standing.wait_s, 0)
})
