// The line of another message that a reply stands under. It leads there.

import { cloned, part } from "./dom.js"

export function quoteOf({ username, content, deleted }, { href, words }) {
  const line = cloned("quote", words)
  line.href = href
  part(line, "author").textContent = username
  part(line, "text").textContent = deleted ? words.say("message.gone") : content.replaceAll(/\s+/gu, " ")
  line.classList.toggle("is-gone", Boolean(deleted))
  return line
}
