// Which part of a long log stands in the DOM: at most SHOWN_MAX messages.
//
// While the reader is at the end, the window follows the end and drops its
// oldest rows. While they read elsewhere, it stays, and what is new waits.

// Few enough that adding to them, which moves and paints the others anew, fits into a frame.
export const SHOWN_MAX = 160
const AT_FIRST = 80
const STEP = 16
const BEFORE = 20

export class ShownWindow {
  #fromSeq = null // null: the newest AT_FIRST
  #toSeq = null // null: up to the newest

  get isAtNewest() {
    return this.#toSeq === null
  }

  slice(messages, { isAtEnd }) {
    const [from, to] = this.#bounds(messages)
    if (to - from <= SHOWN_MAX) return this.#show(messages, from, to)
    if (isAtEnd) return this.#show(messages, to - SHOWN_MAX, to)
    return this.#show(messages, from, from + SHOWN_MAX)
  }

  // Adds some at the top, if there are any, and returns how many are left to add.
  older(messages) {
    const [from, to] = this.#bounds(messages)
    const earlier = Math.max(0, from - STEP)
    this.#show(messages, earlier, Math.min(to, earlier + SHOWN_MAX))
    return earlier
  }

  newer(messages) {
    const [from, to] = this.#bounds(messages)
    const later = Math.min(messages.length, to + STEP)
    this.#show(messages, Math.max(from, later - SHOWN_MAX), later)
  }

  // So that the message with this number stands in it, and a little of what is before.
  reach(messages, seq) {
    const from = Math.max(0, indexFrom(messages, seq) - BEFORE)
    this.#show(messages, from, Math.min(messages.length, from + SHOWN_MAX))
  }

  toNewest() {
    this.#fromSeq = null
    this.#toSeq = null
  }

  #bounds(messages) {
    const to = this.#toSeq === null ? messages.length : indexFrom(messages, this.#toSeq + 1)
    const from =
      this.#fromSeq === null ? Math.max(0, to - AT_FIRST) : indexFrom(messages, this.#fromSeq)
    return [Math.min(from, to), to]
  }

  #show(messages, from, to) {
    this.#fromSeq = messages[from]?.seq ?? null
    this.#toSeq = to === messages.length ? null : messages[to - 1].seq
    return messages.slice(from, to)
  }
}

// The first index whose seq is at least `seq`.
function indexFrom(messages, seq) {
  let low = 0
  let high = messages.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (messages[middle].seq < seq) low = middle + 1
    else high = middle
  }
  return low
}
