// Looking for words in one room: what was typed, what was found, and what went wrong.
//
//   idle → searching → found | failed        `more()` adds older ones to what was found
//
// Tells "change". What was found stays while the next question is being answered, and an
// answer to an earlier question than the last is nobody's any more.

const PAUSE_MS = 200 // between two letters of one word

export class Search extends EventTarget {
  #ask
  #timers
  #timer = null
  #asked = 0 // counts the questions
  #text = ""
  #state = "idle"

  // `ask(text, before)` resolves to {results, has_more}, or rejects with {code, message}.
  constructor({ ask, timers }) {
    super()
    this.#ask = ask
    this.#timers = timers
    this.results = []
    this.hasMore = false
    this.problem = null // {code, message}
  }

  get state() {
    return this.#state
  }

  get text() {
    return this.#text
  }

  // Whether what is shown is what was looked for.
  get isAnswered() {
    return this.#state === "found" && this.#timer === null
  }

  // Somebody types: asked as soon as they pause.
  type(text) {
    if (text.trim() === this.#text) return
    this.#text = text.trim()
    this.#asked += 1
    this.#timers.clearTimeout(this.#timer)
    this.#timer = null
    if (this.#text === "") return this.#rest()
    this.#timer = this.#timers.setTimeout(() => this.now(), PAUSE_MS)
    this.#become("searching")
  }

  // Asks at once, also again.
  async now() {
    this.#timers.clearTimeout(this.#timer)
    this.#timer = null
    if (this.#text === "") return
    this.#become("searching")
    const page = await this.#page(null)
    if (page) this.#show(page.results, page)
  }

  // The next page, older than what is there.
  async more() {
    if (!this.hasMore || this.#state === "searching") return
    this.#become("searching")
    const page = await this.#page(this.results.at(-1).seq)
    if (page) this.#show([...this.results, ...page.results], page)
  }

  // Once more what didn't work.
  async retry() {
    if (this.#state === "failed") await (this.results.length > 0 ? this.more() : this.now())
  }

  async #page(before) {
    const mine = ++this.#asked
    try {
      const page = await this.#ask(this.#text, before)
      return mine === this.#asked ? page : null
    } catch (problem) {
      if (mine === this.#asked) this.#fail(problem, before)
      return null
    }
  }

  #show(results, { has_more: hasMore }) {
    this.results = results
    this.hasMore = hasMore
    this.#become("found")
  }

  // Nothing but marks and spaces is nothing to look for yet.
  #fail({ code, message, field }, before) {
    if (code === "invalid_event" && field === "q") return this.#rest()
    if (before === null) this.#forget()
    this.problem = { code, message }
    this.#become("failed")
  }

  #rest() {
    this.#forget()
    this.#become("idle")
  }

  #forget() {
    this.results = []
    this.hasMore = false
  }

  #become(state) {
    this.#state = state
    if (state !== "failed") this.problem = null
    this.dispatchEvent(new Event("change"))
  }
}
