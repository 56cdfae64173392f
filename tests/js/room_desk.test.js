// What is decided in a room, and what is offered to whom.

import assert from "node:assert/strict"
import { test } from "node:test"

import { RoomDesk } from "../../web/js/people/room_desk.js"

const NOW_MS = Date.parse("2026-11-24T12:00:00Z")
const ALL = ["mute", "kick", "ban", "set_role", "invite", "set_pace", "set_visibility", "set_capacity", "see_audit"]
const MODERATORS = ["mute", "kick", "ban", "invite", "set_pace"]
const OLGA = { user_id: 1, username: "Olga", role: "owner", online: true }
const MO = { user_id: 2, username: "Mo", role: "moderator", online: true }
const ANA = { user_id: 3, username: "Ana", role: "member", online: true }
const ben = (facts = {}) => ({ user_id: 4, username: "ben", role: "member", online: false, ...facts })
const PAT = { user_id: 5, username: "Pat", role: "guest", online: true }

async function aDesk({ role = "owner", may = ALL, myId = 1, members = [PAT, ben(), OLGA, MO, ANA], settings = {}, answers = {}, qr } = {}) {
  const asked = []
  const requests = {
    get: (path) => requests.ask("GET", path),
    ask: async (method, path, body) => {
      asked.push([method, path.replace("/api/v1/rooms/tea", ""), ...(body ? [body] : [])])
      const key = `${method} ${path.split("/").slice(5).join("/").split("?")[0]}`
      return { "GET settings": { role, may, ...settings }, "GET members": { members }, ...answers }[key]
    },
    qr: qr ?? (async (path) => `QR of ${path}`),
  }
  const desk = new RoomDesk({ requests, room: "tea", myId, now: () => NOW_MS })
  await desk.load()
  asked.length = 0
  return { desk, asked }
}

const canOf = (desk, name) => desk.people("en").find(({ username }) => username === name).can

test("those above come first, then it goes by name", async () => {
  const { desk } = await aDesk()

  assert.deepEqual(desk.people("en").map(({ username }) => username), ["Olga", "Mo", "Ana", "ben", "Pat"])
})

test("an owner is offered everything about others, and nothing about themselves", async () => {
  const { desk } = await aDesk()

  assert.deepEqual(canOf(desk, "Olga"), [])
  assert.deepEqual(canOf(desk, "Ana"), ["set_role", "mute", "kick", "ban"])
  assert.ok(desk.mayDecide && desk.maySet)
})

test("a moderator is offered only what may be done to those below", async () => {
  const { desk } = await aDesk({ role: "moderator", may: MODERATORS, myId: 2 })

  assert.deepEqual(canOf(desk, "Olga"), [])
  assert.deepEqual(canOf(desk, "Mo"), [])
  assert.deepEqual(canOf(desk, "Ana"), ["mute", "kick", "ban"])
  assert.equal(desk.may("set_role"), false)
})

test("a member is offered nothing", async () => {
  const { desk } = await aDesk({ role: "member", may: ["post"], myId: 3 })

  assert.deepEqual(desk.people("en").flatMap(({ can }) => can), [])
  assert.equal(desk.mayDecide || desk.maySet, false)
})

test("only who is there can be shown out, or who is a member of a private room", async () => {
  assert.ok(!canOf((await aDesk()).desk, "ben").includes("kick"))
  assert.ok(canOf((await aDesk({ settings: { private: true } })).desk, "ben").includes("kick"))
})

test("a mute and a ban that still hold can be taken back, and those that are over can't", async () => {
  const until = (minutes) => new Date(NOW_MS + minutes * 60_000).toISOString()
  const held = (await aDesk({ members: [OLGA, ben({ muted_until: until(5), banned_until: until(5) })] })).desk
  const over = (await aDesk({ members: [OLGA, ben({ muted_until: until(-5), banned_until: until(-5) })] })).desk

  assert.deepEqual(canOf(held, "ben"), ["set_role", "unmute", "unban"])
  assert.equal(held.people("en").at(-1).mutedUntil_ms, NOW_MS + 300_000)
  assert.deepEqual(canOf(over, "ben"), ["set_role", "mute", "ban"])
})

test("what is decided is asked for, and then looked at anew", async () => {
  const { desk, asked } = await aDesk()
  const again = [["GET", "/settings"], ["GET", "/members"]]

  await desk.mute(3, { lasts_s: 900, reason: "loud" })
  await desk.ban(3, { lasts_s: null, reason: "" })
  await desk.ban(3, { lasts_s: 0, reason: "" })
  await desk.kick(3, { reason: "spam" })
  await desk.setRole(3, { role: "moderator", reason: "" })

  assert.deepEqual(asked, [
    ["PATCH", "/members/3", { muted_until: "2026-11-24T12:15:00.000Z", reason: "loud" }],
    ...again,
    ["PATCH", "/members/3", { banned_until: "forever", reason: "" }],
    ...again,
    ["PATCH", "/members/3", { banned_until: null, reason: "" }],
    ...again,
    ["DELETE", "/members/3", { reason: "spam" }],
    ...again,
    ["PATCH", "/members/3", { role: "moderator", reason: "" }],
    ...again,
  ])
})

test("a link is made with the address that others can open, and its code", async () => {
  const answers = {
    "POST invites": { token: "s3cret" },
    "GET link": { url: "http://192.0.2.7:8000/rooms/tea" },
  }
  const { desk, asked } = await aDesk({ answers })

  const made = await desk.invite({ role: "guest", lasts_s: 3_600, uses_max: 5 })

  assert.deepEqual(made, { url: "http://192.0.2.7:8000/join#s3cret", qr: "QR of /join#s3cret" })
  assert.deepEqual(asked, [["GET", "/link"], ["POST", "/invites", { role: "guest", lasts_s: 3_600, uses_max: 5 }]])
})

test("a link that was made is told whatever fails after it", async () => {
  const qr = async () => { throw new Error("unreachable") }
  const answers = { "POST invites": { token: "s3cret" }, "GET link": { url: "http://192.0.2.7:8000/rooms/tea" } }
  const { desk } = await aDesk({ answers, qr })

  assert.deepEqual(await desk.invite({ role: "guest", lasts_s: 60, uses_max: 1 }), { url: "http://192.0.2.7:8000/join#s3cret", qr: null })
})

test("the log is read page by page, back to its beginning", async () => {
  const page = (length, from) => ({ audit: Array.from({ length }, (_, index) => ({ id: from - index })) })
  const answers = { "GET audit": page(50, 60) }
  const { desk, asked } = await aDesk({ answers })

  await desk.loadAudit()
  assert.ok(desk.hasOlderAudit)
  answers["GET audit"] = page(3, 10)
  await desk.loadOlderAudit()

  assert.equal(desk.audit.length, 53)
  assert.equal(desk.hasOlderAudit, false)
  assert.ok(asked.at(-1)[1].endsWith("before=11"))
})

test("older entries of the log that are asked for twice come once", async () => {
  const page = (length, from) => ({ audit: Array.from({ length }, (_, index) => ({ id: from - index })) })
  const answers = { "GET audit": page(50, 60) }
  const { desk, asked } = await aDesk({ answers })
  await desk.loadAudit()
  answers["GET audit"] = page(3, 10)

  await Promise.all([desk.loadOlderAudit(), desk.loadOlderAudit()])

  assert.deepEqual([desk.audit.length, asked.length], [53, 2])
})
