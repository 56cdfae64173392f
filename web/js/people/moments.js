// Moments and spans as people say them.

import { dayKey } from "../helpers/calendar.js"

const FOREVER_MS = Date.UTC(9000, 0)
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]]

// "15:30", "1 Dec, 15:30", "3 Jan 2027, 15:30"
export function moment(words, at, now = new Date()) {
  const date = new Date(at)
  if (dayKey(date) === dayKey(now)) return words.time(date)
  const isThisYear = date.getFullYear() === now.getFullYear()
  const day = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }
  return new Intl.DateTimeFormat(words.locale, isThisYear ? day : { ...day, year: "numeric" }).format(date)
}

export function isForever(at_ms) {
  return at_ms >= FOREVER_MS
}

// "5 minutes", "1 hour"
export function span(words, span_s) {
  const [unit, each_s] = UNITS.find(([, length_s]) => span_s % length_s === 0)
  const style = { style: "unit", unit, unitDisplay: "long" }
  return new Intl.NumberFormat(words.locale, style).format(span_s / each_s)
}
