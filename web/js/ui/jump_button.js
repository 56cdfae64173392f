// "To the latest", and how many came while the reader was elsewhere.

import { part, region } from "./dom.js"
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
    const { log, person } = this.session
    if (this.#list.isAtEnd) this.#seenSeq = this.#lastSeq
    const isNew = ({ seq, user_id }) => seq > this.#seenSeq && user_id !== person.userId
    const count = log.messages.filter(isNew).length
    this.element.hidden = this.#list.isAtEnd
    part(this.element, "count").textContent = count > COUNT_MAX ? `${COUNT_MAX}+` : count || ""
    this.element.setAttribute("aria-label", this.words.say(count ? "jump.label" : "jump.latest", { count }))
  }

  get #lastSeq() {
    return this.session.log.messages.at(-1)?.seq ?? 0
  }
}
