// "Ana and Ben are typing": on a line of its own, so that nothing jumps.

import { region } from "./dom.js"
import { Region } from "./region.js"

const NAMED_MAX = 2

export class TypingLine extends Region {
  constructor({ words }) {
    super({ element: region("typing"), words })
  }

  connect() {
    this.on(this.session.typing, "change", () => this.render())
  }

  render() {
    this.element.textContent = this.#sentence(this.session.typing.names)
  }

  #sentence(names) {
    const count = names.length
    if (count === 0) return ""
    if (count <= NAMED_MAX) return this.words.say("typing.named", { names: this.words.list(names), count })
    return this.words.say("typing.many", { name: names[0], count: count - 1 })
  }
}
