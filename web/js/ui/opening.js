// Where a room opens: at the line of what is new in it, if there is more than fits and
// the line isn't too far; else at its end, and "far" is told.

const NEAR_ENTRIES = 200 // so many are worth waiting for

export class Opening {
  #element
  #scroll
  #rows
  #reach
  #session = null
  #isDone = false // what there was when the room was opened is shown
  #isSought = false // the line, which is farther than what is loaded

  // `reach(seq)` puts that message into what is shown.
  constructor({ element, scroll, rows, reach }) {
    this.#element = element
    this.#scroll = scroll
    this.#rows = rows
    this.#reach = reach
  }

  get isDone() {
    return this.#isDone
  }

  begin(session) {
    this.#session = session
    this.#isDone = this.#isSought = false
  }

  // Somebody wants to be elsewhere in the room.
  skip() {
    this.#isDone = true
    this.#isSought = false
  }

  // After each rendering.
  goOn() {
    if (!this.#isDone && this.#session.isOpen) this.#open()
    if (this.#isSought) this.toNewLine()
  }

  // Pages are read until the line is among them.
  toNewLine() {
    const { log, reading } = this.#session
    this.#isSought = reading.line.seq === null && log.hasOlder
    if (this.#isSought) this.#session.readOlder()
    else this.#show()
  }

  #open() {
    const { log, reading } = this.#session
    const { isFarther, afterSeq } = reading.line
    if (isFarther && log.completeTo - afterSeq <= NEAR_ENTRIES) return this.#session.readOlder()
    this.#isDone = true
    if (!isFarther) return this.#show()
    this.#element.dispatchEvent(new CustomEvent("far", { detail: { readUpTo: afterSeq } }))
  }

  #show() {
    const { seq } = this.#session.reading.line
    if (seq === null) return
    if (!this.#rows.newLine) this.#reach(seq)
    if (this.#rows.newLine) this.#scroll.toRow(this.#rows.newLine)
  }
}
