// As what the server knows whoever sits at the page, and what others are in the room.

import assert from "node:assert/strict"
import { test } from "node:test"

import { Account } from "../../web/js/models/account.js"
import { Members } from "../../web/js/models/members.js"
import { Refusal } from "../../web/js/net/api.js"
import { Requests } from "../../web/js/people/requests.js"

function aShelf() {
  const kept = new Map()
  return { get: (name, otherwise) => kept.get(name) ?? otherwise, put: (name, value) => kept.set(name, value) }
}

test("until the server has said otherwise names are believed, and then what it said last", () => {
  const shelf = aShelf()
  const account = new Account(shelf)
  assert.ok(account.isOpen)

  account.learn({ mode: "accounts", kind: "guest", is_owner: false, guests: true })
  const later = new Account(shelf)

  assert.deepEqual([later.isOpen, later.hasAccounts, later.isGuest, later.isOwner, later.hasGuests], [false, true, true, false, true])
})

test("guests are known by the list, and by what is told later", () => {
  const members = new Members()
  members.meet([{ user_id: 5, username: "Pat", role: "guest" }])
  members.update({ user_id: 6, username: "Gus", role: "guest" })
  members.depart({ user_id: 5, username: "Pat", last_seen: "2026-11-24T10:00:00.000Z" })

  assert.deepEqual([5, 6, 7].map((id) => members.roleOf(id)), ["guest", "guest", "member"])

  members.update({ user_id: 5, username: "Pat", role: "moderator" })
  assert.equal(members.roleOf(5), "moderator")
  assert.deepEqual(members.away(9).map(({ username }) => username), ["Pat"])
})

function answering({ status = 200, type = "application/json; charset=utf-8", body = {} } = {}) {
  const asked = []
  const fetch = async (path, options) => {
    asked.push({ path, ...options })
    if (status === 0) throw new TypeError("no network")
    return { ok: status < 400, status, headers: new Headers({ "Content-Type": type }), json: async () => body }
  }
  return { fetch, asked }
}

test("a request says who asks where that is believed", async () => {
  const { fetch, asked } = answering()
  const requests = new Requests({ fetch, asWhom: () => "user_id=7&username=Ana" })

  await requests.get("/a")
  await requests.ask("POST", "/b?x=1", { y: 2 })

  assert.deepEqual(asked.map(({ path }) => path), ["/a?user_id=7&username=Ana", "/b?x=1&user_id=7&username=Ana"])
  assert.equal(asked[1].body, '{"y":2}')
})

test("a refusal says why, and a server that is away is said to be", async () => {
  const body = { type: "error", data: { code: "forbidden", message: "No.", field: "role" } }
  const refused = new Requests(answering({ status: 403, body }))
  const away = new Requests(answering({ status: 0 }))

  await assert.rejects(refused.get("/a"), (error) => error instanceof Refusal && error.code === "forbidden" && error.field === "role")
  await assert.rejects(away.get("/a"), { code: "unreachable" })
  assert.equal(await new Requests(answering({ status: 204, type: "" })).get("/a"), null)
})
