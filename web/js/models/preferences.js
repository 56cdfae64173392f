// How this browser wants the page: "system", or what was chosen by hand.

const NAME = "roomserver.preferences" // js/early.js reads it too

export class Preferences extends EventTarget {
  #shelf
  #values

  constructor(shelf) {
    super()
    this.#shelf = shelf
    this.#values = { theme: "system", language: null, ...shelf.get(NAME, {}) }
  }

  get theme() {
    return this.#values.theme
  }

  // null: by the browser.
  get language() {
    return this.#values.language
  }

  set(changes) {
    this.#values = { ...this.#values, ...changes }
    this.#shelf.put(NAME, this.#values)
    this.dispatchEvent(new Event("change"))
  }
}
