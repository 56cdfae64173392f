// Keeps a room's log whole: what the server sends on connecting, the pages of a
// long resume, holes that a live entry reveals, and older pages on request.

import { frames } from "./wire.js"

const PAGE_MESSAGES = 50
const AGAIN_AFTER_MS = 1_000

export class LogReader {
  #log
  #send
  #timers
  #askedBefore = null
  #asked = null // {after, upTo}: a hole that is being filled
  #upTo = 0 // while a resume is being replayed: how far it goes
  #timer

  constructor({ log, send, timers }) {
    this.#log = log
    this.#send = send
    this.#timers = timers
  }

  get isReadingOlder() {
    return this.#askedBefore !== null
  }

  get resume() {
    return this.#log.epoch ? { since: this.#log.completeTo, epoch: this.#log.epoch } : null
  }

  // The connection is gone, and with it every answer still to come.
  reset() {
    this.#askedBefore = this.#asked = null
    this.#timers.clearTimeout(this.#timer)
  }

  connected({ epoch, last_seq, resync, history, has_more }) {
    this.#upTo = last_seq
    const isResume = this.#log.epoch === epoch && !resync
    if (isResume) this.#newer(history, has_more, last_seq)
    else this.#log.restart({ entries: history, hasOlder: has_more, lastSeq: last_seq, epoch })
  }

  page({ messages, has_more, before }) {
    if (Number.isInteger(before)) {
      this.#askedBefore = null
      this.#log.addOlder({ entries: messages, hasMore: has_more })
      return
    }
    const asked = this.#asked
    this.#asked = null
    this.#newer(messages, has_more, asked?.upTo ?? this.#upTo)
    if (asked && has_more) this.#readMissing(asked.upTo)
  }

  // True if it was new. A number that jumps means something before it was missed.
  live(entry) {
    const isNew = this.#log.add(entry)
    if (this.#log.completeTo < entry.seq) this.#readMissing(entry.seq)
    return isNew
  }

  readOlder() {
    const before = this.#log.firstSeq
    if (this.isReadingOlder || !this.#log.hasOlder || before === null) return
    if (this.#send(frames.historyBefore(before, PAGE_MESSAGES))) this.#askedBefore = before
  }

  // Too busy for what was asked: ask again.
  refused({ retry_after_ms = AGAIN_AFTER_MS }) {
    const { isReadingOlder } = this
    const { upTo = 0 } = this.#asked ?? {}
    this.reset()
    this.#timer = this.#timers.setTimeout(() => {
      if (isReadingOlder) this.readOlder()
      this.#readMissing(upTo)
    }, retry_after_ms)
  }

  #newer(entries, hasMore, upTo) {
    const last = entries.at(-1)?.seq ?? 0
    this.#log.addNewer({ entries, completeTo: hasMore ? last : Math.max(last, upTo) })
  }

  #readMissing(upTo) {
    const after = this.#log.completeTo
    if (this.#asked || after >= upTo) return
    if (this.#send(frames.historyAfter(after, PAGE_MESSAGES))) this.#asked = { after, upTo }
  }
}
