// The room's link, and ready lines to join it from a terminal or a program.

import { connectLines, linkTo } from "../helpers/connect_lines.js"
import { copyOnClick } from "./copy.js"
import { cloned, part, sayAll } from "./dom.js"

const KINDS = { websocat: "websocat", wscat: "wscat", curl: "curl", python: "Python", javascript: "JavaScript" }

export class ConnectPanel {
  #words
  #room = ""
  #kind = "websocat"
  #tabs

  constructor({ words }) {
    this.#words = words
    this.element = cloned("connect", words)
    this.#tabs = Object.entries(KINDS).map(([kind, name]) => this.#tab(kind, name))
    part(this.element, "tabs").append(...this.#tabs)
    part(this.element, "tabs").addEventListener("keydown", this.#arrowPressed)
    part(this.element, "link").addEventListener("focus", ({ target }) => target.select())
    copyOnClick(part(this.element, "copy-link"), { text: () => this.#link, words })
    copyOnClick(part(this.element, "copy-code"), { text: () => this.#lines, words })
  }

  show(room) {
    this.#room = room
    this.render()
  }

  render() {
    sayAll(this.element, this.#words)
    part(this.element, "link").value = this.#link
    part(this.element, "code").textContent = this.#lines
    part(this.element, "panel").setAttribute("aria-label", KINDS[this.#kind])
    part(this.element, "note").textContent = this.#words.say(`connect.note.${this.#kind}`)
    for (const tab of this.#tabs) {
      const isChosen = tab.dataset.kind === this.#kind
      tab.setAttribute("aria-selected", isChosen)
      tab.tabIndex = isChosen ? 0 : -1
    }
  }

  get #link() {
    return linkTo(this.#room, location)
  }

  get #lines() {
    const hello = this.#words.say("connect.hello", { name: KINDS[this.#kind] })
    return connectLines(this.#room, { origin: location.origin, hello })[this.#kind]
  }

  #tab(kind, name) {
    const tab = document.createElement("button")
    tab.type = "button"
    tab.className = "connect__tab"
    tab.role = "tab"
    tab.dataset.kind = kind
    tab.textContent = name
    tab.addEventListener("click", () => this.#choose(kind))
    return tab
  }

  #choose(kind) {
    this.#kind = kind
    this.render()
  }

  #arrowPressed = ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key]
    if (!step) return
    const at = this.#tabs.findIndex((tab) => tab.dataset.kind === this.#kind)
    const next = this.#tabs.at((at + step) % this.#tabs.length)
    this.#choose(next.dataset.kind)
    next.focus()
  }
}
