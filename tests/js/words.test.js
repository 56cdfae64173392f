// The sentences themselves, and that every one of them is there in both languages.

import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"

import { chosenLanguage, Words } from "../../web/js/models/words.js"

const WEB = new URL("../../web/", import.meta.url)
const LANGUAGES = ["en", "es"]
const catalogs = Object.fromEntries(LANGUAGES.map((name) => [name, JSON.parse(read(`i18n/${name}.json`))]))

// Sentences whose key is put together: what stands before the part that varies.
const BY_PREFIX = ["role.", "manage.", "audit.", "account.", "users.", "error.", "stopped.", "connection.", "way.", "barred.", "completion.", "degraded.", "connect.note.", "name.", "new_room.", "notify.", "shortcuts.", "stats.", "entry."]

function read(path) {
  return readFileSync(new URL(path, WEB), "utf8")
}

function filesIn(folder, extension) {
  return readdirSync(new URL(folder, WEB), { recursive: true })
    .filter((name) => name.endsWith(extension))
    .map((name) => `${folder}/${name}`)
}

// Whatever in the code or the templates looks like a key of one of the catalog's families.
function usedKeys() {
  const families = new Set(Object.keys(catalogs.en).map(familyOf))
  const texts = [...filesIn("js", ".js"), ...filesIn("templates", ".html")].map(read).join("\n")
  const found = [...texts.matchAll(/"([a-z_]+(?:\.[a-z_]+)*)"/gu)].map(([, key]) => key)
  return new Set(found.filter((key) => (key.includes(".") ? families.has(familyOf(key)) : key in catalogs.en)))
}

function familyOf(key) {
  return key.split(".")[0]
}

function spoken(language = "en", preferred = []) {
  const words = new Words()
  words.use({ language, catalog: catalogs[language], preferred })
  return words
}

test("every sentence is there in both languages", () => {
  assert.deepEqual(Object.keys(catalogs.en), Object.keys(catalogs.es))
})

test("a sentence has the same blanks in both languages", () => {
  const blanks = (sentence) => new Set(JSON.stringify(sentence).match(/\{\w+\}/gu))
  for (const key of Object.keys(catalogs.en)) {
    assert.deepEqual(blanks(catalogs.en[key]), blanks(catalogs.es[key]), key)
  }
})

test("every sentence the page says is in the catalogs", () => {
  for (const key of usedKeys()) assert.ok(key in catalogs.en, key)
})

test("no sentence is there that the page never says", () => {
  const used = usedKeys()
  const isUsed = (key) => used.has(key) || BY_PREFIX.some((prefix) => key.startsWith(prefix))

  assert.deepEqual(Object.keys(catalogs.en).filter((key) => !isUsed(key)), [])
})

test("the reader's languages are asked in their order", () => {
  assert.equal(chosenLanguage(["fr-FR", "es-MX", "en"]), "es")
  assert.equal(chosenLanguage(["de"]), "en")
})

test("one and many have their own forms", () => {
  assert.equal(spoken("en").say("members.count", { count: 1 }), "1 person here")
  assert.equal(spoken("es").say("members.count", { count: 3 }), "3 personas aquí")
})

test("a span is told in the largest unit that fits", () => {
  assert.equal(spoken("en").span(30), "30 sec")
  assert.equal(spoken("es").span(300), "5 min")
  assert.equal(spoken("en").span(3_600), "1 hr")
})

test("what a person wrote is put in as it is", () => {
  const words = spoken()

  assert.equal(words.say("announce.message", { username: "{content}", content: "$& <b>" }), "{content}: $& <b>")
})

test("days have names as long as they are near", () => {
  const now = new Date(2026, 10, 24, 9)
  const day = (days) => spoken("en", ["en-GB"]).day(new Date(2026, 10, 24 - days, 23), now)

  assert.deepEqual([day(0), day(1), day(6)], ["Today", "Yesterday", "Wednesday"])
  assert.equal(day(7), "Tuesday 17 November")
  assert.match(day(400), /2025/u)
})

test("a reader keeps the clock of their own country", () => {
  const afternoon = new Date(2026, 10, 24, 15, 4)

  assert.equal(spoken("en", ["en-GB"]).time(afternoon), "15:04")
  assert.match(spoken("en", ["en-US"]).time(afternoon), /03:04\sPM/u)
})
