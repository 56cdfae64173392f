// What signing in, signing up and setting up ask of the server.

import assert from "node:assert/strict"
import { test } from "node:test"

import { Entry } from "../../web/js/entry/entry.js"

function entryOf({ kind = "sign_in", secret = "", answer = { ok: true, body: {} } } = {}) {
  const asked = []
  const fetch = async (path, options = {}) => {
    asked.push({ path, body: options.body ? JSON.parse(options.body) : null })
    if (answer === null) throw new TypeError("no network")
    return { ok: answer.ok, json: async () => answer.body }
  }
  const entry = new Entry({ kind, secret, fetch })
  const arrivals = []
  entry.addEventListener("in", ({ detail }) => arrivals.push(detail))
  return { entry, asked, arrivals }
}

const ANA = { username: "Ana", password: "a good password" }

for (const [kind, secret, path, body] of [
  ["sign_in", "", "/api/v1/session", ANA],
  ["sign_in", "stray", "/api/v1/session", ANA],
  ["sign_up", "", "/api/v1/account", ANA],
  ["sign_up", "s3cret", "/api/v1/account", { ...ANA, invitation: "s3cret" }],
  ["set_up", "s3cret", "/api/v1/set-up", { ...ANA, link: "s3cret" }],
  ["reset", "s3cret", "/api/v1/account/reset", { ...ANA, link: "s3cret" }],
  ["guest", "s3cret", "/api/v1/guests", { ...ANA, invitation: "s3cret" }],
  ["upgrade", "stray", "/api/v1/account/upgrade", ANA],
]) {
  test(`${kind} ${secret ? "with" : "without"} a link asks ${path}`, async () => {
    const { entry, asked } = entryOf({ kind, secret })

    assert.equal(await entry.submit(ANA), null)

    assert.deepEqual(asked, [{ path, body }])
  })
}

test("whoever is let in is told who they are", async () => {
  const body = { user_id: 7, username: "Ana" }
  const { entry, arrivals } = entryOf({ answer: { ok: true, body } })

  await entry.submit(ANA)

  assert.deepEqual(arrivals, [body])
})

test("a refusal says why, and nobody is in", async () => {
  const refusal = { code: "rate_limited", retry_after_ms: 5_000 }
  const { entry, arrivals } = entryOf({ answer: { ok: false, body: { type: "error", data: refusal } } })

  assert.deepEqual(await entry.submit(ANA), refusal)
  assert.deepEqual(arrivals, [])
})

test("a server that doesn't answer is said to be away", async () => {
  const { entry } = entryOf({ answer: null })

  assert.deepEqual(await entry.submit(ANA), { code: "unreachable" })
  assert.deepEqual(await entry.mode(), {})
})
