// Moments of which the page takes notice.

import { untilMidnight_ms } from "../helpers/calendar.js"

// At these it is worth trying at once: the network is back, the page is looked at.
export function onWakeUp(wake) {
  addEventListener("online", wake)
  addEventListener("offline", wake) // an open connection is asked whether it still lives
  addEventListener("pageshow", ({ persisted }) => persisted && wake())
  document.addEventListener("visibilitychange", () => document.hidden || wake())
}

// "midnight" on the document: what was today is yesterday now.
export function tellMidnight() {
  setTimeout(() => {
    document.dispatchEvent(new Event("midnight"))
    tellMidnight()
  }, untilMidnight_ms(new Date()) + 1_000)
}
