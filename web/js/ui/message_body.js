// What stands in a message's box: its text, or that it was deleted.

import { cloned, part } from "./dom.js"
import { richText } from "./rich_text.js"

// A message that can't be shown is a line of its own, never a broken page.
export function bodyOf({ content }, words) {
  try {
    return richText(content)
  } catch {
    return document.createTextNode(words.say("message.unreadable"))
  }
}

// "edited", in the last line of the text, or below what is not a text.
export function markEdited(body, { edited_at }, words) {
  if (!edited_at) return
  const mark = document.createElement("time")
  mark.className = "message__edited"
  mark.textContent = words.say("message.edited")
  const date = new Date(edited_at)
  if (!Number.isNaN(date.getTime())) {
    mark.dateTime = edited_at
    mark.title = words.say("message.edited_at", { moment: words.moment(date) })
  }
  const last = body.lastElementChild
  const place = last?.matches("div") ? last : body
  place.append(" ", mark)
}

// A quiet line in the message's place, and for a moment the way back.
export function tombstone({ undo }, { words, onUndo }) {
  const line = cloned("gone", words)
  const button = part(line, "undo")
  if (undo) button.addEventListener("click", () => onUndo(undo))
  else button.remove()
  return line
}
