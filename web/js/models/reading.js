// What has been read in one room: by me, by the others, and where the line of what is
// new to me stands.

import { NewLine } from "./new_line.js"
import { ReadSignal } from "./read_signal.js"
import { Readings } from "./readings.js"

export class Reading {
  #myId

  // `tell(message)`: that it has been read, to the server; answers whether it went out.
  constructor({ myId, tell, timers }) {
    this.#myId = myId
    this.others = new Readings()
    this.signal = new ReadSignal({ tell, timers })
    this.line = new NewLine(0)
  }

  // Another log, with numbers of its own.
  restart(readUpTo) {
    this.others.clear()
    this.signal.restart(readUpTo)
    this.line = new NewLine(readUpTo)
  }

  hear(mark) {
    this.others.mark(mark)
    if (mark.user_id === this.#myId) this.signal.knows(mark.seq)
  }

  // The room is opened again: what was read before is behind the line.
  reopen(messages) {
    if (this.signal.toldSeq === 0) return
    this.line.lookAway(messages.filter(({ seq }) => seq <= this.signal.toldSeq))
  }
}
