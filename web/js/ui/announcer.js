// Says to a screen reader what arrives: "Ana: hola". The list itself is silent, so
// that nothing old is read again. Many at once become one sentence.

import { region } from "./dom.js"
import { Region } from "./region.js"

const GATHER_MS = 700
const EACH_MAX = 3
const CHARS_MAX = 300

export class Announcer extends Region {
  #waiting = []
  #timer = null

  constructor({ words }) {
    super({ element: region("announcer"), words })
  }

  connect() {
    this.on(this.session, "arrived", ({ detail }) => this.#arrived(detail))
  }

  disconnect() {
    clearTimeout(this.#timer)
    this.#timer = null
    this.#waiting = []
  }

  say(sentence) {
    this.element.textContent = sentence
  }

  #arrived(message) {
    if (message.user_id === this.session.person.userId) return
    this.#waiting.push(message)
    this.#timer ??= setTimeout(() => this.#speak(), GATHER_MS)
  }

  #speak() {
    const lines = this.#waiting.map(({ username, content }) =>
      this.words.say("announce.message", { username, content: String(content).slice(0, CHARS_MAX) }),
    )
    const count = lines.length
    this.say(count <= EACH_MAX ? lines.join("\n") : this.words.say("announce.many", { count, last: lines.at(-1) }))
    this.#waiting = []
    this.#timer = null
  }
}
