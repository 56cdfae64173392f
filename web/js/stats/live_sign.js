// Says whether what is shown is of now.

import { region } from "../ui/dom.js"

export class LiveSign {
  #element = region("live")
  #words
  #feed

  constructor({ words, feed }) {
    this.#words = words
    this.#feed = feed
    feed.addEventListener("figures", () => this.#show())
    feed.addEventListener("away", () => this.#show())
  }

  #show() {
    const { isAway } = this.#feed
    const sentence = this.#words.say(isAway ? "stats.away" : "stats.live")
    if (this.#element.textContent !== sentence) this.#element.textContent = sentence
    this.#element.classList.toggle("is-live", !isAway)
    this.#element.classList.toggle("is-away", isAway)
  }
}
