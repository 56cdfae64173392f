import assert from "node:assert/strict"
import { test } from "node:test"

import { parse, parseInline } from "../../web/js/helpers/markdown.js"

function inline(text) {
  return parseInline(text)
}

test("bold, italic, strike and code are marked", () => {
  assert.deepEqual(inline("*a* _b_ ~~c~~ `d`"), [
    { type: "bold", children: ["a"] },
    " ",
    { type: "italic", children: ["b"] },
    " ",
    { type: "strike", children: ["c"] },
    " ",
    { type: "code", text: "d" },
  ])
})

for (const plain of ["2 * 3 * 4", "snake_case_name", "a*b*c", "* item", "~~ no ~~", "`", "**", "__init__"]) {
  test(`nothing is marked in ${JSON.stringify(plain)}`, () => {
    assert.deepEqual(inline(plain), [plain])
  })
}

test("two stars are bold, too", () => {
  assert.deepEqual(inline("a **b c** d"), ["a ", { type: "bold", children: ["b c"] }, " d"])
  assert.deepEqual(inline("2**3 **"), ["2**3 **"])
})

test("lines that begin with a dash, a star or a number are lists", () => {
  assert.deepEqual(parse("to buy:\n- tea\n- *milk*\nand\n3. one\n4) two\n* x"), [
    { type: "text", children: ["to buy:"] },
    { type: "list", start: null, items: [["tea"], [{ type: "bold", children: ["milk"] }]] },
    { type: "text", children: ["and"] },
    { type: "list", start: 3, items: [["one"], ["two"]] },
    { type: "list", start: null, items: [["x"]] },
  ])
})

for (const plain of ["-", "- ", "-5 degrees", "1.5 litres", "*not a list*", "12:30", "2026. was a year"]) {
  test(`${JSON.stringify(plain)} is no list`, () => {
    assert.ok(parse(plain).every(({ type }) => type === "text"))
  })
}

test("marks stand within marks, but not within code", () => {
  assert.deepEqual(inline("*a _b_*"), [{ type: "bold", children: ["a ", { type: "italic", children: ["b"] }] }])
  assert.deepEqual(inline("`*a*`"), [{ type: "code", text: "*a*" }])
})

for (const [text, href] of [
  ["see https://example.org/a_b.", "https://example.org/a_b"],
  ["(https://example.org/a_(b))", "https://example.org/a_(b)"],
  ["((https://example.org/a)?).", "https://example.org/a"],
  ["https://example.org/a(b)...)", "https://example.org/a(b)"],
  ["http://localhost:8000/rooms/1!", "http://localhost:8000/rooms/1"],
]) {
  test(`the link in ${JSON.stringify(text)} is ${href}`, () => {
    const link = inline(text).find(({ type }) => type === "link")

    assert.equal(link.href, href)
  })
}

for (const text of ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "https://"]) {
  test(`${text} is no link`, () => {
    assert.deepEqual(inline(text), [text])
  })
}

test("no letter is lost around links", () => {
  const text = "a (https://x.example/b). *c* https://y.example/d, e"
  const shown = inline(text).map((node) => node.text ?? node.children?.join("") ?? node)

  assert.equal(shown.join(""), text.replaceAll("*", ""))
})

test("code blocks keep everything, quotes gather their lines", () => {
  assert.deepEqual(parse("look:\n```js\n*a*\n\n  b\n```\n> one\n> two\nend"), [
    { type: "text", children: ["look:"] },
    { type: "code_block", text: "*a*\n\n  b" },
    { type: "quote", children: ["one\ntwo"] },
    { type: "text", children: ["end"] },
  ])
})

test("a fence that never closes is text, also behind one that does", () => {
  assert.deepEqual(parse("```\na```\n```b\nc"), [
    { type: "code_block", text: "a" },
    { type: "text", children: ["```b\nc"] },
  ])
  assert.deepEqual(parse("```\nopen"), [{ type: "text", children: ["```\nopen"] }])
})

for (const mark of ["*", "_", "~~", "`", "```\n", "*a ", "_a ", "https://", "https://a(", "> ", "*_~~`", "**a ", "- a\n", "1. "]) {
  test(`a message full of ${JSON.stringify(mark)} is parsed in no time`, () => {
    const text = mark.repeat(40_000 / mark.length)
    const begun = process.cpuUsage()

    parse(text)

    assert.ok(process.cpuUsage(begun).user < 2_000_000)
  })
}

for (const [start, mark] of [
  ...[")", ".)", "().", ".", ".)a", "(", "(.)"].map((each) => ["http://x/", each]),
  ["", "```x\n"],
  ["```x\na\n```\n", "```x\n"],
]) {
  test(`${JSON.stringify(start + mark)} and so on costs no more for each letter when it is longer`, () => {
    const of = (length) => start + mark.repeat(length / mark.length)
    const cost = (text) => {
      const begun = process.cpuUsage()
      for (let turn = 0; turn < 20; turn++) parse(text)
      return process.cpuUsage(begun).user
    }
    cost(of(4_000)) // compiled by now

    const [short, long] = [4_000, 16_000].map((length) => cost(of(length)))

    assert.ok(long < 10 * short + 50_000, `${short} µs, ${long} µs`)
  })
}
