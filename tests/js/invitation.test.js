// What a room's link says, and what can be done with it.

import assert from "node:assert/strict"
import { test } from "node:test"

import { goingOnTo, readHash } from "../../web/js/entry/address.js"
import { Invitation } from "../../web/js/entry/invitation.js"

const ROOM = { name: "Tea", slug: "tea" }
const NOBODY = { user: null, sign_up: "open" }
const ANA = { user: { user_id: 7, username: "Ana" }, kind: "person", sign_up: "open" }
const GUEST = { ...ANA, kind: "guest" }

function linkOf({ session = NOBODY, role = "guest", yours = null, guests = true, status = 200, join = {} } = {}) {
  const asked = []
  const answers = {
    "/api/v1/session": { status: 200, body: session },
    "/api/v1/invitation": { status, body: { room: ROOM, role, yours, guests } },
    "/api/v1/join": { status: 200, body: {}, ...join },
  }
  const fetch = async (path, { body }) => {
    if (status === 0) throw new TypeError("no network")
    asked.push({ path, body: body ? JSON.parse(body) : null })
    const { status: code, body: answer } = answers[path]
    return { ok: code < 400, status: code, json: async () => answer }
  }
  return { invitation: new Invitation({ secret: "s3cret", fetch }), asked }
}

for (const [name, facts] of [
  ["guest", {}],
  ["sign_in", { role: "member" }],
  ["sign_in", { guests: false }],
  ["accept", { session: ANA }],
  ["accept", { session: ANA, role: "member", yours: "member" }],
  ["inside", { session: ANA, yours: "member" }],
  ["inside", { session: ANA, role: "member", yours: "owner" }],
  ["inside", { session: GUEST, yours: "guest" }],
  ["elsewhere", { session: GUEST }],
]) {
  test(`${JSON.stringify(facts)}: ${name}`, async () => {
    const { invitation, asked } = linkOf(facts)

    assert.deepEqual(await invitation.look(), { name, room: ROOM, signUp: "open" })

    assert.deepEqual(asked[0], { path: "/api/v1/invitation", body: { token: "s3cret" } })
  })
}

test("a link that is not good any more is over, and a server that is away is not", async () => {
  assert.deepEqual(await linkOf({ status: 404 }).invitation.look(), { name: "over" })
  assert.deepEqual(await linkOf({ status: 400 }).invitation.look(), { name: "over" })
  assert.deepEqual(await linkOf({ status: 503 }).invitation.look(), { name: "unreachable" })
  assert.deepEqual(await linkOf({ status: 0 }).invitation.look(), { name: "unreachable" })
})

test("accepting says why it was refused", async () => {
  const refusal = { code: "not_found" }
  const refused = linkOf({ join: { status: 404, body: { type: "error", data: refusal } } })

  assert.equal(await linkOf().invitation.accept(), null)
  assert.deepEqual(await refused.invitation.accept(), refusal)
})

test("what stands behind the # is a secret, a way on, or both", () => {
  assert.deepEqual(readHash(""), { secret: "", to: "/" })
  assert.deepEqual(readHash("#s3_cr-t"), { secret: "s3_cr-t", to: "/" })
  assert.deepEqual(readHash("#to=%2Frooms%2Ftea"), { secret: "", to: "/rooms/tea" })
  assert.deepEqual(readHash("#s3cret&to=%2Fjoin%23abc"), { secret: "s3cret", to: "/join#abc" })
})

test("the way on leads nowhere but into the rooms", () => {
  for (const to of ["//evil.example", "https://evil.example", "/rooms/../x", "/rooms/tea?x", "javascript:1", "%"]) {
    assert.equal(readHash(`#to=${to}`).to, "/", to)
    assert.equal(readHash(`#to=${encodeURIComponent(to)}`).to, "/", to)
  }
})

test("the way on goes along from page to page", () => {
  const { to } = readHash(new URL(goingOnTo("/sign-in", "/join#abc"), "https://x").hash)

  assert.equal(to, "/join#abc")
  assert.equal(goingOnTo("/sign-in", "/"), "/sign-in")
})
