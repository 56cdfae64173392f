import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"

import { sentenceOf, wayOn } from "../../web/js/models/disconnection.js"

const english = JSON.parse(readFileSync(new URL("../../web/i18n/en.json", import.meta.url), "utf8"))
const OPEN = { isOnline: true, mode: "open", ref: "tea" }
const ACCOUNTS = { ...OPEN, mode: "accounts" }

const CASES = [
  [{ name: "waiting" }, OPEN, "connection.lost", "now"],
  [{ name: "waiting" }, { ...OPEN, isOnline: false }, "connection.offline", "now"],
  [{ name: "waiting", code: 1012 }, OPEN, "connection.restarting", "now"],
  [{ name: "waiting", code: 1013 }, OPEN, "connection.storage_unavailable", "now"],
  [{ name: "waiting", code: 1013, refusal: { code: "identity_unavailable" } }, OPEN, "connection.identity_unavailable", "now"],
  [{ name: "waiting", code: 4429, refusal: { code: "room_full" } }, OPEN, "connection.room_full", "now"],
  [{ name: "waiting", code: 4429, refusal: { code: "too_many_connections" } }, OPEN, "connection.too_many", "now"],
  [{ name: "waiting", code: 4429, refusal: { code: "too_many_mistakes" } }, OPEN, "connection.too_many_mistakes", "now"],
  [{ name: "stopped", why: "unauthorized" }, OPEN, "stopped.unauthorized", "again"],
  [{ name: "stopped", why: "unauthorized", refusal: { field: "username" } }, OPEN, "stopped.unauthorized", "rename"],
  [{ name: "stopped", why: "unauthorized" }, ACCOUNTS, "stopped.signed_out", "sign_in"],
  [{ name: "stopped", why: "forbidden" }, OPEN, "stopped.forbidden", "general"],
  [{ name: "stopped", why: "forbidden", wasOpen: true }, OPEN, "stopped.removed", "general"],
  [{ name: "stopped", why: "forbidden", wasOpen: true }, { ...OPEN, ref: "general" }, "stopped.removed", "again"],
  [{ name: "stopped", why: "forbidden", refusal: { code: "banned" }, wasOpen: true }, OPEN, "stopped.banned", "general"],
  [{ name: "stopped", why: "room_not_found" }, OPEN, "stopped.room_not_found", "general"],
  [{ name: "stopped", why: "room_not_found", wasOpen: true }, OPEN, "stopped.room_gone", "general"],
  [{ name: "stopped", why: "protocol" }, OPEN, "stopped.protocol", "again"],
]

for (const [state, about, sentence, way] of CASES) {
  test(`${JSON.stringify(state)} → ${sentence}, ${way}`, () => {
    assert.equal(sentenceOf(state, about), sentence)
    assert.equal(wayOn(state, about), way)
    assert.ok(sentence in english && `way.${way}` in english)
  })
}
