// Light Markdown as a tree, never as HTML: the page builds nodes from it.
//
// block: {type: "text" | "quote", children} | {type: "code_block", text}
//        | {type: "list", start: number | null, items: [children, …]}
// inline: string | {type: "bold" | "italic" | "strike", children} | {type: "code", text}
//         | {type: "link", href, text}
//
// A pattern is tried from each opening mark up to its next mark only, so the
// work grows with the length of the text however hostile it is.

const DEPTH_MAX = 3
const FENCE = /^```[^`\n]*\n/gmu
const FENCE_END = /\n?```[^\S\n]*$/gmu
const ITEM = /^ {0,3}(?:[-*•]|(?<number>\d{1,3})[.)]) +(?=\S)/u
const END_MARKS = [...".,:;!?'*_~`"]
const INLINE = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "(?<link>\\bhttps?://[^\\s<>\"]+)",
    "(?<![\\w*])\\*\\*(?! )(?<strong>[^*\\n]+)(?<! )\\*\\*(?![\\w*])",
    "(?<![\\w*])\\*(?! )(?<bold>[^*\\n]+)(?<! )\\*(?![\\w*])",
    "(?<![\\w_])_(?! )(?<italic>[^_\\n]+)(?<! )_(?![\\w_])",
    "~~(?! )(?<strike>[^~\\n]+)(?<! )~~",
  ].join("|"),
  "gu",
)

export function parse(text) {
  const blocks = []
  const pieces = fenced(text)
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

// text, code, text, code, … A fence that isn't closed is text, and so are all after it.
function fenced(text) {
  const pieces = []
  let from = 0
  for (;;) {
    const begin = matchFrom(FENCE, text, from)
    const end = begin && matchFrom(FENCE_END, text, begin.index + begin[0].length)
    if (!end) return [...pieces, text.slice(from)]
    pieces.push(text.slice(from, begin.index), text.slice(begin.index + begin[0].length, end.index))
    from = end.index + end[0].length
  }
}

function matchFrom(pattern, text, index) {
  pattern.lastIndex = index
  return pattern.exec(text)
}

function paragraphs(text, besideCode) {
  const blocks = []
  for (const line of text.split("\n")) addLine(blocks, line)
  return blocks
    .map((block) => (block.lines ? { type: block.type, text: block.lines.join("\n") } : block))
    .map((block) => (besideCode && block.text ? { ...block, text: block.text.replace(/^\n|\n$/gu, "") } : block))
    .filter((block) => block.text !== "")
    .map(({ text: body, ...block }) => (body === undefined ? block : { ...block, children: parseInline(body) }))
    .map((block) => (block.items ? { ...block, items: block.items.map((item) => parseInline(item)) } : block))
}

function addLine(blocks, line) {
  const last = blocks.at(-1)
  const item = line.match(ITEM)
  if (item) {
    const isOrdered = item.groups.number !== undefined
    const content = line.slice(item[0].length)
    if (last?.items && (last.start !== null) === isOrdered) last.items.push(content)
    else blocks.push({ type: "list", start: isOrdered ? Number(item.groups.number) : null, items: [content] })
    return
  }
  const type = line.startsWith(">") ? "quote" : "text"
  const content = type === "quote" ? line.replace(/^> ?/u, "") : line
  if (last?.type === type) last.lines.push(content)
  else blocks.push({ type, lines: [content] })
}

function nodeFor(groups, depth) {
  if (groups.code !== undefined) return { type: "code", text: groups.code }
  if (groups.link !== undefined) return link(groups.link)
  const mark = ["strong", "bold", "italic", "strike"].find((name) => groups[name] !== undefined)
  const type = mark === "strong" ? "bold" : mark
  const inner = groups[mark]
  return { type, children: depth < DEPTH_MAX ? parseInline(inner, depth + 1) : [inner] }
}

// "(see https://x.example/a_(b))." links to what a person meant.
function link(found) {
  let end = beforeMarks(found, found.length)
  for (let surplus = count(found, ")") - count(found, "("); surplus > 0 && found[end - 1] === ")"; surplus--) {
    end = beforeMarks(found, end - 1)
  }
  const text = found.slice(0, end)
  if (!URL.canParse(text)) return null
  return { type: "link", href: new URL(text).href, text }
}

// Where `text` ends if the marks that a sentence ends with, up to `end`, are none of it.
function beforeMarks(text, end) {
  while (END_MARKS.includes(text[end - 1])) end--
  return end
}

function count(text, letter) {
  return text.split(letter).length - 1
}

function push(nodes, text) {
  if (text) nodes.push(text)
}
