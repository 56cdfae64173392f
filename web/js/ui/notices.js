// What the server says of itself, one line each.

import { cloned, part, region } from "./dom.js"
import { Region } from "./region.js"

export class Notices extends Region {
  #degraded = new Map() // component → what the server said
  #told = ""

  constructor({ words, isOpenOnNetwork }) {
    super({ element: region("notices"), words })
    this.isOpenOnNetwork = isOpenOnNetwork
  }

  connect() {
    this.#told = ""
    this.on(this.session, "notice", ({ detail }) => this.#heard(detail))
    this.on(this.session, "room", () => this.#degraded.clear())
  }

  render() {
    this.element.replaceChildren()
    if (this.isOpenOnNetwork) {
      this.#add(this.words.say("notice.open_on_network"), () => (this.isOpenOnNetwork = false))
    }
    if (this.#told) this.#add(this.#told, () => (this.#told = ""))
    for (const [component, message] of this.#degraded) {
      const key = `degraded.${component}`
      const sentence = this.words.has(key) ? this.words.say(key) : message
      this.#add(sentence, () => this.#degraded.delete(component))
    }
  }

  // One thing that didn't work, until it is dismissed or the next one comes.
  tell(sentence) {
    this.#told = sentence
    this.render()
  }

  #heard({ component, ok, message }) {
    if (ok) this.#degraded.delete(component)
    else this.#degraded.set(component, message)
    this.render()
  }

  #add(sentence, close) {
    const notice = cloned("notice", this.words)
    part(notice, "text").textContent = sentence
    part(notice, "close").addEventListener("click", () => {
      close()
      notice.remove()
    })
    this.element.append(notice)
  }
}
