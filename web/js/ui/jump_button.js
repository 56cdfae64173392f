// "To the latest", and how many came while the reader was elsewhere.

import { part, region, write } from "./dom.js"
import { Region } from "./region.js"

const COUNT_MAX = 99

export class JumpButton extends Region {
  #list
  #seenSeq = 0

  constructor({ words, list }) {
    super({ element: region("jump"), words })
    this.#list = list
    this.element.addEventListener("click", () => list.toNewest())
  }

  connect() {
    this.#seenSeq = this.#lastSeq
    this.on(this.#list.element, "rendered", () => this.render())
    this.on(this.#list.element, "scroll", () => this.render())
  }

  render() {
    const { isAtEnd } = this.#list
    if (isAtEnd) this.#seenSeq = this.#lastSeq
    const count = this.#newer
    this.element.hidden = isAtEnd
    write(part(this.element, "count"), count > COUNT_MAX ? `${COUNT_MAX}+` : String(count || ""))
    const label = this.words.say(count ? "jump.label" : "jump.latest", { count })
    if (this.element.ariaLabel !== label) this.element.ariaLabel = label
  }

  // From the end: it is asked for at every scroll.
  get #newer() {
    const { log, person } = this.session
    let count = 0
    for (let at = log.messages.length - 1; log.messages[at]?.seq > this.#seenSeq; at--) {
      if (log.messages[at].user_id !== person.userId) count++
    }
    return count
  }

  get #lastSeq() {
    return this.session.log.messages.at(-1)?.seq ?? 0
  }
}
