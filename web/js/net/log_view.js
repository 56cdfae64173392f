// What of a room's log is shown: its end, or a stretch of long ago.
//
// Tells "change" when it is another log now, or when the stretch has grown.

import { Past } from "./past.js"

export class LogView extends EventTarget {
  #live
  #readOlder
  #past = null

  constructor({ log, readOlder }) {
    super()
    this.#live = log
    this.#readOlder = readOlder
  }

  get log() {
    return this.#past?.log ?? this.#live
  }

  get isPast() {
    return this.#past !== null
  }

  readOlder() {
    if (this.#past) this.#past.readOlder()
    else this.#readOlder()
  }

  // Only a stretch of long ago isn't kept up to its end.
  readNewer() {
    this.#past?.readNewer()
  }

  // Shows a page from the middle of the log; `ask` as net/past.js wants it.
  visit(page, ask) {
    const past = new Past({ page, live: this.#live, ask })
    this.#past = past.isJoined ? null : past
    past.addEventListener("joined", () => this.#past === past && this.leave())
    past.log.addEventListener("change", () => this.#past === past && this.#changed())
    this.#changed()
  }

  leave() {
    if (!this.#past) return
    this.#past = null
    this.#changed()
  }

  // What was done to a message just now: perhaps to one of long ago.
  hear(change) {
    this.#past?.log.learn([change])
  }

  #changed() {
    this.dispatchEvent(new Event("change"))
  }
}
