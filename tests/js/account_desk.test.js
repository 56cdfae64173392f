// What belongs to an account, as the page asks for it.

import assert from "node:assert/strict"
import { test } from "node:test"

import { AccountDesk } from "../../web/js/people/account_desk.js"
import { browserName } from "../../web/js/people/browsers.js"

function aDesk(answers, { qr = async (path) => `QR of ${path}` } = {}) {
  const asked = []
  const requests = {
    get: (path) => requests.ask("GET", path),
    ask: async (method, path, body) => {
      asked.push([method, path, ...(body ? [body] : [])])
      return answers[`${method} ${path}`]
    },
    qr,
  }
  return { desk: new AccountDesk({ requests }), asked }
}

test("this browser comes first, then whichever was used last", async () => {
  const session = (id, used_at, is_this = false) => ({ id, used_at, is_this })
  const sessions = [session("a", "2026-11-20T10:00:00Z"), session("b", "2026-11-24T10:00:00Z"), session("c", "2026-11-01T10:00:00Z", true)]
  const { desk } = aDesk({ "GET /api/v1/account/sessions": { sessions } })

  await desk.loadSessions()

  assert.deepEqual(desk.sessions.map(({ id }) => id), ["c", "b", "a"])
})

test("rooms of a token have their names, and those that are out of sight their numbers", async () => {
  const tokens = [{ id: "t", rooms: [1, 9] }, { id: "u", rooms: null }]
  const { desk } = aDesk({
    "GET /api/v1/account/tokens": { tokens },
    "GET /api/v1/rooms": { rooms: [{ id: 1, slug: "tea", name: "Tea" }] },
  })

  await desk.loadTokens()

  assert.deepEqual(desk.tokens.map(({ roomNames }) => roomNames), [["Tea", "#9"], undefined])
})

test("a token is asked for with what was chosen, and nothing else", async () => {
  const { desk, asked } = aDesk({
    "POST /api/v1/account/tokens": { token: "rs_s3cret" },
  })

  const all = await desk.makeToken({ name: "Bot", rights: ["read"], rooms: null, lasts_s: null })
  await desk.makeToken({ name: "Bot", rights: ["read", "write"], rooms: ["tea"], lasts_s: 60 })

  assert.equal(all, "rs_s3cret")
  assert.deepEqual(asked, [
    ["POST", "/api/v1/account/tokens", { name: "Bot", rights: ["read"] }],
    ["POST", "/api/v1/account/tokens", { name: "Bot", rights: ["read", "write"], rooms: ["tea"], lasts_s: 60 }],
  ])
})

for (const [userAgent, name] of [
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Linux"],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge · Windows"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", "Safari · iPhone"],
  ["Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36", "Chrome · Android"],
  ["curl/8.5.0", "curl/8.5.0"],
  ["", null],
]) {
  test(`${userAgent.slice(0, 40)}… is ${name}`, () => {
    assert.equal(browserName(userAgent), name)
  })
}

test("a link for others is told with its code, and accounts are looked at anew when one has changed", async () => {
  const answers = { "POST /api/v1/users/7/reset": { path: "/reset#s3cret" }, "GET /api/v1/users": { users: [{ user_id: 7 }] } }
  const { desk, asked } = aDesk(answers)

  assert.deepEqual(await desk.resetLink(7), { path: "/reset#s3cret", qr: "QR of /reset#s3cret" })
  await desk.setDisabled(7, true)

  assert.deepEqual(asked.slice(1), [["PATCH", "/api/v1/users/7", { is_disabled: true }], ["GET", "/api/v1/users"]])
  assert.deepEqual(desk.users, [{ user_id: 7 }])
})

test("a link whose code can't be had is told all the same", async () => {
  const qr = async () => { throw new Error("unreachable") }
  const { desk } = aDesk({ "POST /api/v1/account/invitations": { path: "/sign-up#s3cret" } }, { qr })

  assert.deepEqual(await desk.inviteUsers({ lasts_s: 60, uses: 1 }), { path: "/sign-up#s3cret", qr: null })
})
