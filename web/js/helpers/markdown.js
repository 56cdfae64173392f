// Light Markdown as a tree, never as HTML: the page builds nodes from it.
//
// block: {type: "text" | "quote", children} | {type: "code_block", text}
// inline: string | {type: "bold" | "italic" | "strike", children} | {type: "code", text}
//         | {type: "link", href, text}
//
// A pattern is tried from each opening mark up to its next mark only, so the
// work grows with the length of the text however hostile it is.

const DEPTH_MAX = 3
const FENCE = /^```[^`\n]*\n([\s\S]*?)\n?```[^\S\n]*$/mu
const INLINE = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "(?<link>\\bhttps?://[^\\s<>\"]+)",
    "(?<![\\w*])\\*(?! )(?<bold>[^*\\n]+)(?<! )\\*(?![\\w*])",
    "(?<![\\w_])_(?! )(?<italic>[^_\\n]+)(?<! )_(?![\\w_])",
    "~~(?! )(?<strike>[^~\\n]+)(?<! )~~",
  ].join("|"),
  "gu",
)

export function parse(text) {
  const blocks = []
  const pieces = text.split(FENCE) // text, code, text, code, …
  pieces.forEach((piece, index) => {
    if (index % 2) blocks.push({ type: "code_block", text: piece })
    else blocks.push(...paragraphs(piece, pieces.length > 1))
  })
  return blocks
}

export function parseInline(text, depth = 0) {
  const nodes = []
  let from = 0
  for (const match of text.matchAll(INLINE)) {
    const node = nodeFor(match.groups, depth)
    if (!node) continue
    const length = node.type === "link" ? node.text.length : match[0].length
    push(nodes, text.slice(from, match.index))
    nodes.push(node)
    from = match.index + length
  }
  push(nodes, text.slice(from))
  return nodes
}

function paragraphs(text, besideCode) {
  const blocks = []
  for (const line of text.split("\n")) {
    const type = line.startsWith(">") ? "quote" : "text"
    const content = type === "quote" ? line.replace(/^> ?/u, "") : line
    if (blocks.at(-1)?.type === type) blocks.at(-1).lines.push(content)
    else blocks.push({ type, lines: [content] })
  }
  return blocks
    .map(({ type, lines }) => ({ type, text: lines.join("\n") }))
    .map((block) => (besideCode ? { ...block, text: block.text.replace(/^\n|\n$/gu, "") } : block))
    .filter((block) => block.text !== "")
    .map(({ type, text: body }) => ({ type, children: parseInline(body) }))
}

function nodeFor(groups, depth) {
  if (groups.code !== undefined) return { type: "code", text: groups.code }
  if (groups.link !== undefined) return link(groups.link)
  const type = ["bold", "italic", "strike"].find((name) => groups[name] !== undefined)
  const inner = groups[type]
  return { type, children: depth < DEPTH_MAX ? parseInline(inner, depth + 1) : [inner] }
}

// "(see https://x.example/a_(b))." links to what a person meant.
function link(found) {
  let text = found.replace(/[.,:;!?'*_~`]+$/u, "")
  while (text.endsWith(")") && count(text, ")") > count(text, "(")) {
    text = text.slice(0, -1).replace(/[.,:;!?'*_~`]+$/u, "")
  }
  if (!URL.canParse(text)) return null
  return { type: "link", href: new URL(text).href, text }
}

function count(text, letter) {
  return text.split(letter).length - 1
}

function push(nodes, text) {
  if (text) nodes.push(text)
}
