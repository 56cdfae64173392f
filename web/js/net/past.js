// A stretch of a room's log far from its end: read from a page in the middle outwards,
// until it meets what the room's own log has. Then that takes it over, and this is done.
//
// Tells "joined" when it has met the log.

import { RoomLog } from "../models/room_log.js"

export class Past extends EventTarget {
  log = new RoomLog()
  isJoined = false
  #live
  #ask
  #entries = []
  #hasNewer
  #isReading = false

  // `ask`: {before(seq), after(seq)} → {messages, has_more}.
  constructor({ page, live, ask }) {
    super()
    this.#live = live
    this.#ask = ask
    this.#hasNewer = page.has_newer
    this.#entries = page.messages
    const { messages, changes, has_more } = page
    this.log.restart({ entries: messages, hasOlder: has_more, lastSeq: lastOf(messages), epoch: null })
    this.log.learn(changes)
    this.#changes = changes
    this.#meet()
  }

  readOlder() {
    return this.#read(this.log.hasOlder, async () => {
      const { messages, has_more } = await this.#ask.before(this.log.firstSeq)
      this.#entries = [...messages, ...this.#entries]
      this.log.addOlder({ entries: messages, hasMore: has_more })
    })
  }

  readNewer() {
    return this.#read(this.#hasNewer, async () => {
      const { messages, has_more } = await this.#ask.after(lastOf(this.#entries))
      this.#entries.push(...messages)
      this.#hasNewer = has_more
      this.log.addNewer({ entries: messages, completeTo: lastOf(this.#entries) })
      this.#meet()
    })
  }

  // What the server told beside the first page.
  #changes

  async #read(isThere, page) {
    if (this.#isReading || !isThere || this.isJoined) return
    this.#isReading = true
    await page().catch(() => {}) // the next scrolling tries again
    this.#isReading = false
  }

  #meet() {
    const { firstSeq, completeTo } = this.#live
    const isNearEnough = firstSeq !== null && lastOf(this.#entries) >= firstSeq - 1
    if (!isNearEnough && (this.#hasNewer || completeTo === null)) return
    this.isJoined = true
    this.#live.learn(this.#changes)
    this.#live.addOlder({ entries: this.#entries, hasMore: this.log.hasOlder })
    this.dispatchEvent(new Event("joined"))
  }
}

function lastOf(entries) {
  return entries.at(-1)?.seq ?? 0
}
