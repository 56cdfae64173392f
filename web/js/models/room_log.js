// One room's log, as this page knows it. No DOM, no network.
//
// Every entry has a `seq`: messages, what was done to them, and kinds that this
// page doesn't know. The messages stand in the order of `seq`, whatever order they
// came in, with their changes folded in; `unknown` holds the numbers of the kinds that this
// page doesn't know. `completeTo` is how far the log has no
// holes: where a reconnect resumes, and where to read on when a live entry shows
// that something before it is missing.

import { Changes } from "./changes.js"

export class RoomLog extends EventTarget {
  #messages = [] // ascending by seq
  #byId = new Map()
  #replies = new Map() // message_id → the messages that answer it
  #changes = new Changes()
  #unknown = [] // ascending
  #known = new Set() // the seqs of entries of every kind
  #firstSeq = null // of every kind
  #completeTo = null // null: this page has not seen the room yet
  #hasOlder = false
  #epoch = null

  get messages() {
    return this.#messages
  }

  get unknown() {
    return this.#unknown
  }

  get completeTo() {
    return this.#completeTo
  }

  get hasOlder() {
    return this.#hasOlder
  }

  get epoch() {
    return this.#epoch
  }

  get firstSeq() {
    return this.#firstSeq
  }

  withId(id) {
    return this.#byId.get(id) ?? null
  }

  // Forget everything: a first visit, or another incarnation of the room's log.
  restart({ entries, hasOlder, lastSeq, epoch }) {
    this.#messages = []
    this.#byId.clear()
    this.#replies.clear()
    this.#changes.clear()
    this.#unknown = []
    this.#known.clear()
    this.#firstSeq = null
    this.#hasOlder = hasOlder
    this.#epoch = epoch
    this.#completeTo = lastSeq
    entries.forEach((entry) => this.#insert(entry))
    this.#changed()
  }

  // What was done to messages, as the server tells it beside a page from the middle.
  learn(changes) {
    changes.filter((change) => Changes.isOne(change)).forEach((change) => this.#insertChange(change))
    this.#changed()
  }

  // True if it was new. Copies come twice: as the author's receipt and as everybody's message.
  add(entry) {
    if (entry.seq <= this.#completeTo || !this.#insert(entry)) return false
    this.#closeRanks()
    this.#changed()
    return true
  }

  addOlder({ entries, hasMore }) {
    entries.forEach((entry) => this.#insert(entry))
    this.#hasOlder = hasMore
    this.#changed()
  }

  // A page of what follows. The server vouches that nothing is missing up to `completeTo`.
  addNewer({ entries, completeTo }) {
    entries.forEach((entry) => this.#insert(entry))
    this.#completeTo = Math.max(this.#completeTo, completeTo)
    this.#closeRanks()
    this.#changed()
  }

  // Keep the newest `count` messages; the rest can be read again from the server.
  trim(count) {
    const surplus = this.#messages.length - count
    if (surplus <= 0) return
    this.#messages.splice(0, surplus).forEach(({ id }) => this.#byId.delete(id))
    this.#firstSeq = this.#messages[0].seq
    for (const seq of this.#known) if (seq < this.#firstSeq) this.#known.delete(seq)
    this.#unknown = this.#unknown.filter((seq) => seq >= this.#firstSeq)
    this.#hasOlder = true
  }

  #insert(entry) {
    if (!Number.isSafeInteger(entry?.seq) || this.#known.has(entry.seq)) return false
    this.#known.add(entry.seq)
    this.#firstSeq = Math.min(this.#firstSeq ?? entry.seq, entry.seq)
    if (isMessage(entry)) this.#insertMessage({ ...entry })
    else if (Changes.isOne(entry)) this.#insertChange(entry)
    else this.#unknown = [...this.#unknown, entry.seq].sort((a, b) => a - b)
    return true
  }

  #insertMessage(message) {
    let index = this.#messages.length
    while (index > 0 && this.#messages[index - 1].seq > message.seq) index--
    this.#messages.splice(index, 0, message)
    this.#byId.set(message.id, message)
    if (message.reply_to) {
      this.#replies.set(message.reply_to, [...(this.#replies.get(message.reply_to) ?? []), message])
    }
    this.#changes.applyTo(message)
  }

  #insertChange(change) {
    this.#changes.add(change)
    const message = this.#byId.get(change.message_id)
    if (message) this.#changes.applyTo(message)
    this.#replies.get(change.message_id)?.forEach((reply) => this.#changes.applyTo(reply))
  }

  #closeRanks() {
    while (this.#known.has(this.#completeTo + 1)) this.#completeTo++
  }

  #changed() {
    this.dispatchEvent(new Event("change"))
  }
}

// Entries of other kinds say so in their `type`.
export function isMessage({ type = "message" }) {
  return type === "message"
}
