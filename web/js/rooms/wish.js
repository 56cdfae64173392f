// What somebody wants a room to be. The server has the last word; this says it sooner.

import { charsIn, isBlank } from "../helpers/text.js"

export const NAME_CHARS_MAX = 80
export const DESCRIPTION_CHARS_MAX = 280

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/u
const FIELDS = ["name", "description"]

// {field: the key of the sentence that says what is wrong with it}
export function problemsWith({ name, description }) {
  const found = {}
  if (isBlank(name)) found.name = "room_form.name_empty"
  else if (charsIn(tidy(name)) > NAME_CHARS_MAX) found.name = "room_form.name_long"
  else if (HIDDEN.test(tidy(name))) found.name = "room_form.hidden"
  if (charsIn(tidy(description)) > DESCRIPTION_CHARS_MAX) found.description = "room_form.description_long"
  else if (HIDDEN.test(tidy(description))) found.description = "room_form.hidden"
  return found
}

// Which field a refusal of the server is about; null: the whole.
export function fieldOf({ code, field }) {
  if (code === "room_exists") return "name"
  return FIELDS.includes(field) ? field : null
}

// What of `room` would be otherwise, as the server is asked for it.
export function changesTo(room, wish) {
  const other = FIELDS.filter((name) => tidy(wish[name]) !== (room[name] ?? ""))
  return Object.fromEntries(other.map((name) => [name, tidy(wish[name])]))
}

// On one line, as the server keeps it.
export function tidy(text) {
  return text.split(/\s+/u).filter(Boolean).join(" ")
}
