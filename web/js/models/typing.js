// Who is writing: the others as we hear of them, and what to tell them of us.

const HEARD_FOR_MS = 6_000 // the server lets a mark expire after as long
const TOLD_EVERY_MS = 3_000
const IDLE_AFTER_MS = 3_000

export class Typing extends EventTarget {
  #timers
  #writers = new Map() // user_id → {username, timer}

  constructor({ timers }) {
    super()
    this.#timers = timers
  }

  get names() {
    return [...this.#writers.values()].map(({ username }) => username)
  }

  hear({ user_id, username, is_typing }) {
    this.#forget(user_id)
    if (is_typing) {
      const timer = this.#timers.setTimeout(() => this.stopped(user_id), HEARD_FOR_MS)
      this.#writers.set(user_id, { username, timer })
    }
    this.#changed()
  }

  // They sent their message, left, or said no more.
  stopped(userId) {
    if (this.#forget(userId)) this.#changed()
  }

  clear() {
    if (this.#writers.size === 0) return
    for (const userId of [...this.#writers.keys()]) this.#forget(userId)
    this.#changed()
  }

  #forget(userId) {
    this.#timers.clearTimeout(this.#writers.get(userId)?.timer)
    return this.#writers.delete(userId)
  }

  #changed() {
    this.dispatchEvent(new Event("change"))
  }
}

export class TypingSignal {
  #tell
  #timers
  #idle
  #rest = null // while it stands, the others know

  constructor({ tell, timers }) {
    this.#tell = tell
    this.#timers = timers
  }

  written() {
    this.#timers.clearTimeout(this.#idle)
    this.#idle = this.#timers.setTimeout(() => this.stop(), IDLE_AFTER_MS)
    if (this.#rest) return
    this.#rest = this.#timers.setTimeout(() => (this.#rest = null), TOLD_EVERY_MS)
    this.#isTold = true
    this.#tell(true)
  }

  stop() {
    this.#timers.clearTimeout(this.#idle)
    this.#timers.clearTimeout(this.#rest)
    this.#rest = null
    if (!this.#isTold) return
    this.#isTold = false
    this.#tell(false)
  }

  #isTold = false
}
