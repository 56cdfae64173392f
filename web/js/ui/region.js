// A part of the page that shows one room at a time.
//
// A subclass says in `connect()` what it listens to, by `this.on(…)`, and what it
// looks like in `render()`. Leaving the room takes all of its listeners away.

export class Region {
  #leaving = null

  constructor({ element, words }) {
    this.element = element
    this.words = words
    this.session = null
    words.addEventListener("change", () => this.session && this.render())
  }

  attach(session) {
    this.detach()
    this.session = session
    this.#leaving = new AbortController()
    this.connect()
    this.render()
  }

  detach() {
    this.#leaving?.abort()
    if (this.session) this.disconnect()
    this.session = null
  }

  on(target, type, listener) {
    target.addEventListener(type, listener, { signal: this.#leaving.signal })
  }

  connect() {}

  disconnect() {}

  render() {}
}
