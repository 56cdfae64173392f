// Days as the reader's own clock has them.

const DAY_MS = 86_400_000

// "2026-11-24": the same for two moments of one local day.
export function dayKey(date) {
  const two = (number) => String(number).padStart(2, "0")
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

// How many midnights lie between: 0 today, -1 yesterday. Survives 23 and 25 hour days.
export function daysFrom(now, date) {
  return Math.round((startOf(date) - startOf(now)) / DAY_MS)
}

export function untilMidnight_ms(now) {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1) - now
}

function startOf(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate())
}
