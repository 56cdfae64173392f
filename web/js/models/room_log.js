// The messages of one room, as this page knows them. No DOM, no network.
//
// They stand in the order of `seq`, whatever order they came in. `completeTo` is
// how far the log has no holes: where a reconnect resumes, and where to read on
// when a live message shows that something before it is missing.

export class RoomLog extends EventTarget {
  #messages = [] // ascending by seq
  #known = new Set() // their seqs
  #completeTo = null // null: this page has not seen the room yet
  #hasOlder = false
  #epoch = null

  get messages() {
    return this.#messages
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
    return this.#messages[0]?.seq ?? null
  }

  // Forget everything: a first visit, or another incarnation of the room's log.
  restart({ messages, hasOlder, lastSeq, epoch }) {
    this.#messages = []
    this.#known.clear()
    this.#hasOlder = hasOlder
    this.#epoch = epoch
    this.#completeTo = lastSeq
    messages.forEach((message) => this.#insert(message))
    this.#changed()
  }

  // True if it was new. Copies come twice: as the author's receipt and as everybody's message.
  add(message) {
    if (!this.#insert(message)) return false
    this.#closeRanks()
    this.#changed()
    return true
  }

  addOlder({ messages, hasMore }) {
    messages.forEach((message) => this.#insert(message))
    this.#hasOlder = hasMore
    this.#changed()
  }

  // A page of what follows. The server vouches that nothing is missing up to
  // `completeTo`: a number without a message belongs to an entry of another kind.
  addNewer({ messages, completeTo }) {
    messages.forEach((message) => this.#insert(message))
    this.#completeTo = Math.max(this.#completeTo, completeTo)
    this.#closeRanks()
    this.#changed()
  }

  // Keep the newest `count`; the rest can be read again from the server.
  trim(count) {
    const surplus = this.#messages.length - count
    if (surplus <= 0) return
    this.#messages.splice(0, surplus).forEach(({ seq }) => this.#known.delete(seq))
    this.#hasOlder = true
  }

  #insert(message) {
    if (this.#known.has(message.seq)) return false
    this.#known.add(message.seq)
    let index = this.#messages.length
    while (index > 0 && this.#messages[index - 1].seq > message.seq) index--
    this.#messages.splice(index, 0, message)
    return true
  }

  #closeRanks() {
    while (this.#known.has(this.#completeTo + 1)) this.#completeTo++
  }

  #changed() {
    this.dispatchEvent(new Event("change"))
  }
}
