// Nodes for light Markdown. What a person wrote reaches the DOM as text only.

import { parse } from "../helpers/markdown.js"

const TAGS = { bold: "strong", italic: "em", strike: "s", quote: "blockquote" }

export function richText(content) {
  const fragment = document.createDocumentFragment()
  fragment.append(...parse(content).map(nodeFor))
  return fragment
}

function nodeFor(token) {
  if (typeof token === "string") return document.createTextNode(token)
  if (token.type === "text") return holding("div", token.children)
  if (token.type === "code") return written("code", token.text)
  if (token.type === "code_block") return codeBlock(token.text)
  if (token.type === "link") return link(token)
  if (token.type === "list") return list(token)
  return holding(TAGS[token.type], token.children)
}

function holding(tag, children) {
  const element = document.createElement(tag)
  element.append(...children.map(nodeFor))
  return element
}

function list({ start, items }) {
  const element = document.createElement(start === null ? "ul" : "ol")
  if (start !== null) element.start = start
  element.append(...items.map((children) => holding("li", children)))
  return element
}

function written(tag, text) {
  const element = document.createElement(tag)
  element.textContent = text
  return element
}

function codeBlock(text) {
  const block = document.createElement("pre")
  block.append(written("code", text))
  return block
}

function link({ href, text }) {
  const anchor = written("a", text)
  anchor.href = href
  anchor.rel = "noopener noreferrer nofollow"
  anchor.target = "_blank"
  return anchor
}
