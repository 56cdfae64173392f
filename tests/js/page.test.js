// What must be true of the page's files as a whole.

import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"

const WEB = new URL("../../web/", import.meta.url)
const read = (path) => readFileSync(new URL(path, WEB), "utf8")
const filesIn = (folder, extension) =>
  readdirSync(new URL(folder, WEB), { recursive: true }).filter((name) => name.endsWith(extension))

const scripts = filesIn("js", ".js")
const templates = filesIn("templates", ".html")

// Who may know whom: main → ui, net → models → helpers.
const MAY_IMPORT = {
  ".": ["ui", "net", "models", "helpers"],
  stats: ["stats", "ui", "models", "helpers"],
  completing: ["completing", "ui", "models", "helpers"],
  rooms: ["rooms", "ui", "models", "helpers"],
  people: ["people", "ui", "net", "models", "helpers"],
  entry: ["entry", "ui", "models", "helpers"],
  ui: ["ui", "models", "helpers"],
  net: ["net", "models", "helpers"],
  models: ["models", "helpers"],
  helpers: ["helpers"],
}

const folderOf = (name) => (name.includes("/") ? name.split("/")[0] : ".")

for (const name of scripts) {
  test(`js/${name} imports only what stands below it`, () => {
    const home = new URL(name, "https://x/")
    for (const [, path] of read(`js/${name}`).matchAll(/^import[^;]*?from "([^"]+)"/gmu)) {
      const target = new URL(path, home).pathname.slice(1)

      assert.ok(scripts.includes(target), `${path} is there`)
      assert.ok(MAY_IMPORT[folderOf(name)].includes(folderOf(target)), path)
    }
  })

  test(`js/${name} is short, and writes nothing as HTML`, () => {
    const code = read(`js/${name}`)

    assert.ok(code.split("\n").length <= 200)
    assert.doesNotMatch(code, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/u)
  })
}

for (const name of scripts.filter((each) => /^(models|net|helpers)\/|^client/u.test(each))) {
  test(`js/${name} knows no DOM`, () => {
    assert.doesNotMatch(read(`js/${name}`), /\b(document|window|localStorage)\./u)
  })
}

test("everything the page needs is asked for at once", () => {
  const page = read("templates/room.html")
  const listed = (pattern) => new Set([...page.matchAll(pattern)].map(([, name]) => name))
  const isOfThisPage = (name) => !/^(client|early|main)\.js$|^(stats|entry|people|rooms|completing)\//u.test(name)
  const modules = scripts.filter(isOfThisPage)

  assert.deepEqual([...listed(/"((?:ui|net|models|helpers)\/[a-z_]+\.js)"/gu)].sort(), modules.sort())
})

test("every stylesheet is linked", () => {
  const pages = templates.map((name) => read(`templates/${name}`)).join()
  for (const name of filesIn("css", ".css")) assert.match(pages, new RegExp(`"${name.slice(0, -4)}"`, "u"))
})

test("what a stylesheet begins is no other's", () => {
  const owners = new Map()
  for (const name of filesIn("css", ".css")) {
    for (const [, block] of read(`css/${name}`).matchAll(/^  (\.[a-z_-]+) \{/gmu)) {
      const owner = owners.get(block) ?? name
      assert.equal(owner, name, block)
      owners.set(block, name)
    }
  }
})

test("every icon that is used is in the sprite, and no other", () => {
  const sprite = new Set([...read("icons/sprite.svg").matchAll(/symbol id="([^"]+)"/gu)].map(([, id]) => id))
  const pages = templates.map((name) => read(`templates/${name}`)).join()
  const used = new Set([...pages.matchAll(/icon\("([a-z0-9-]+)"/gu)].map(([, id]) => id))

  for (const id of used) assert.ok(sprite.has(id), id)
  for (const id of sprite) assert.ok(used.has(id), `${id} is used`)
})

for (const name of templates) {
  test(`templates/${name} has nothing inline and asks no other host`, () => {
    const page = read(`templates/${name}`)

    assert.doesNotMatch(page, /\sstyle=|\son[a-z]+=|javascript:|https?:\/\//u)
    assert.doesNotMatch(page, /<script(?![^>]*\ssrc=)|<style/u)
  })
}

for (const name of filesIn("css", ".css")) {
  test(`css/${name} stands in layers and outranks nothing by force`, () => {
    const style = read(`css/${name}`)

    assert.match(style, /@layer/u)
    assert.doesNotMatch(style, /!important|@import|https?:/u)
    assert.ok(style.split("\n").length <= 200)
  })
}
