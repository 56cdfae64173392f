// Tells the server how far this person has read: forward only, at most once a second.

const TOLD_EVERY_MS = 1_000

export class ReadSignal {
  #tell
  #timers
  #toldSeq = 0
  #next = null // the message to tell of
  #rest = null // while it stands, the server was told a moment ago

  // `tell(message)` answers whether it went out.
  constructor({ tell, timers }) {
    this.#tell = tell
    this.#timers = timers
  }

  get toldSeq() {
    return this.#toldSeq
  }

  saw(message) {
    if (message.seq <= Math.max(this.#toldSeq, this.#next?.seq ?? 0)) return
    this.#next = message
    if (!this.#rest) this.flush()
  }

  // Read up to there already, perhaps on another device.
  knows(seq) {
    this.#toldSeq = Math.max(this.#toldSeq, seq)
  }

  // Another log: its numbers begin anew.
  restart(seq) {
    this.#toldSeq = seq
    this.#next = null
  }

  flush() {
    const message = this.#next
    this.#next = null
    if (!message || message.seq <= this.#toldSeq || !this.#tell(message)) return
    this.#toldSeq = message.seq
    this.#timers.clearTimeout(this.#rest)
    this.#rest = this.#timers.setTimeout(() => {
      this.#rest = null
      this.flush()
    }, TOLD_EVERY_MS)
  }
}
