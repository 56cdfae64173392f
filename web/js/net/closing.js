// What a close code means for coming back.

const STOPS = {
  1003: "protocol",
  1007: "protocol",
  1009: "protocol",
  4401: "unauthorized",
  4403: "forbidden",
  4404: "room_not_found",
}
const PAUSE_MS = { 4429: 5_000 }

// {stop: why} if there is no use in coming back by itself, else {pause_ms} before the next
// attempt. `refusal`: what the server said before, if anything.
export function afterClose(code, refusal) {
  if (code in STOPS) return { stop: STOPS[code] }
  return { pause_ms: Math.max(PAUSE_MS[code] ?? 0, refusal?.retry_after_ms ?? 0) }
}
