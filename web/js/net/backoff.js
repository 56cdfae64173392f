// How long to wait before the next attempt: full jitter, so that a thousand pages
// that lost the same server don't come back at the same moment.

const BASE_MS = 500
const CAP_MS = 30_000

export function backoff_ms(attempt, random) {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** attempt)
}
