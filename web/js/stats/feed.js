// The figures, asked for again and again while somebody looks.
//
// Tells "figures" when there are new ones, and "away" when the server doesn't answer.

const AGAIN_MS = 5_000

export class Feed extends EventTarget {
  #fetch
  #timers
  #timer = null
  #isPaused = true
  figures = null
  isAway = false

  constructor({ fetch, timers }) {
    super()
    this.#fetch = fetch
    this.#timers = timers
  }

  resume() {
    if (!this.#isPaused) return
    this.#isPaused = false
    return this.#ask()
  }

  pause() {
    this.#isPaused = true
    this.#timers.clearTimeout(this.#timer)
  }

  async #ask() {
    const figures = await this.#answer()
    this.isAway = figures === null
    this.figures = figures ?? this.figures
    this.dispatchEvent(new Event(this.isAway ? "away" : "figures"))
    if (this.#isPaused) return
    const delay_ms = this.isAway ? AGAIN_MS : this.figures.every_s * 1_000
    this.#timers.clearTimeout(this.#timer)
    this.#timer = this.#timers.setTimeout(() => this.#ask(), delay_ms)
  }

  async #answer() {
    try {
      const answer = await this.#fetch("/api/v1/stats")
      return answer.ok ? await answer.json() : null
    } catch {
      return null
    }
  }
}
