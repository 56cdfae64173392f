// Notices what has been read: it was on screen while somebody looked at the page.

import { region } from "./dom.js"
import { Region } from "./region.js"

export class Reader extends Region {
  #list
  #isPlanned = false

  constructor({ words, list }) {
    super({ element: region("timeline"), words })
    this.#list = list
  }

  connect() {
    this.on(this.element, "rendered", this.#plan)
    this.on(this.element, "scroll", this.#plan)
    this.on(document, "visibilitychange", this.#plan)
  }

  #plan = () => {
    if (this.#isPlanned) return
    this.#isPlanned = true
    requestAnimationFrame(() => {
      this.#isPlanned = false
      this.#look()
    })
  }

  #look() {
    if (!this.session?.isOpen || document.hidden) return this.session?.reading.signal.flush()
    const message = this.#list.lastOnScreen
    if (message) this.session.reading.signal.saw(message)
  }
}
