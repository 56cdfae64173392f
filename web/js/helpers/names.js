// What a person may be called. The server has the last word; this says it sooner.

import { isBlank } from "./text.js"

export const NAME_CHARS_MAX = 64

const RESERVED = new Set(["everyone", "here", "roomserver", "server", "system"])
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u

// null, or the name of the sentence that explains it.
export function problemWithName(name) {
  const text = name.trim()
  if (isBlank(text)) return "name.empty"
  if (RESERVED.has(text.toLowerCase())) return "name.reserved"
  if (HIDDEN.test(text)) return "name.hidden"
  if ([...text].length > NAME_CHARS_MAX) return "name.too_long"
  return null
}

// "Ana María Ruiz" → "AR", "ana" → "A".
export function initialsOf(name) {
  const words = name.trim().split(/\s+/u)
  const ends = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return ends.map(firstLetter).join("").toLocaleUpperCase() || "?"
}

// One of twelve, the same for a person everywhere.
export function hueOf(userId) {
  return (userId % 12) * 30
}

function firstLetter(word) {
  return word.match(/[\p{L}\p{N}]/u)?.[0] ?? [...word][0] ?? ""
}
