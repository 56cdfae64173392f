// Where the "new messages" line stands: before the first message of somebody else that
// is newer than what I had read. It stays there until I have been away.

export class NewLine {
  #afterSeq
  #seq = null
  #isPlaced = false
  #isFarther = false // than the messages that are loaded

  // `readUpTo`: 0 for whoever has never been here, to whom the past is no news.
  constructor(readUpTo) {
    this.#afterSeq = readUpTo || Infinity
  }

  get isFarther() {
    return this.#isFarther
  }

  get afterSeq() {
    return this.#afterSeq
  }

  get seq() {
    return this.#seq
  }

  // What comes while it is being looked at is no news either.
  place(messages, { myId, hasOlder, isLooking }) {
    if (this.#seq !== null) return
    if (this.#isPlaced && isLooking && !this.#isFarther) this.#afterSeq = messages.at(-1)?.seq ?? 0
    this.#isPlaced ||= messages.length > 0
    const index = messages.findIndex(({ seq, user_id }) => seq > this.#afterSeq && user_id !== myId)
    this.#isFarther = index >= 0 && hasOlder && messages[0].seq > this.#afterSeq + 1
    if (index >= 0 && !this.#isFarther) this.#seq = messages[index].seq
  }

  // Nobody looks any more: what has been read by now is behind the next line.
  lookAway(messages) {
    this.#seq = null
    this.#isPlaced = true
    this.#isFarther = false
    this.#afterSeq = messages.at(-1)?.seq ?? 0
  }
}
