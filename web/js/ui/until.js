// "until 15:30", "until Tuesday 1 December at 15:30", "until a moderator decides otherwise".

import { dayKey } from "../helpers/calendar.js"

const FOREVER_MS = Date.UTC(9000, 0)

export function until(words, at_ms, now = new Date()) {
  if (at_ms >= FOREVER_MS) return words.say("until.forever")
  const date = new Date(at_ms)
  if (dayKey(date) === dayKey(now)) return words.say("until.time", { time: words.time(date) })
  const day = { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" }
  return words.say("until.day", { day: new Intl.DateTimeFormat(words.locale, day).format(date) })
}
