// What can be done with one message. There is one set of buttons, and it goes where the
// pointer, the focus or a long press is.

import { copy } from "./copy.js"
import { cloned, part } from "./dom.js"

export const EMOJI = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀", "✅", "🔥", "👏", "🤔", "💯", "🚀", "☕", "👋"]

const LONG_PRESS_MS = 450

export class MessageActions {
  #words
  #rowAt
  #act
  #element
  #row = null // the MessageRow it stands at
  #press

  // `rowAt(element)`: the MessageRow of an element; `act`: {toggle, reply, edit, delete}.
  constructor({ list, words, rowAt, act }) {
    this.#words = words
    this.#rowAt = rowAt
    this.#act = act
    list.addEventListener("pointerover", ({ target, pointerType }) => pointerType === "mouse" && this.#goTo(target))
    list.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && this.#leave())
    list.addEventListener("focusin", ({ target }) => this.#goTo(target))
    list.addEventListener("pointerdown", this.#pressed)
    for (const type of ["pointerup", "pointercancel", "pointermove"]) list.addEventListener(type, () => clearTimeout(this.#press))
    document.addEventListener("pointerdown", ({ target }) => this.#row?.element.contains(target) || this.hide())
    this.build()
  }

  // Anew, for another language.
  build() {
    this.hide()
    this.#element = cloned("actions", this.#words)
    this.#element.addEventListener("keydown", this.#keyPressed)
    const picker = part(this.#element, "picker")
    picker.append(...EMOJI.map((emoji) => this.#choice(emoji)))
    part(this.#element, "react").addEventListener("click", () => this.#openPicker(picker.hidden))
    part(this.#element, "copy").addEventListener("click", () => this.#copy("copy", this.#row.message.content))
    part(this.#element, "link").addEventListener("click", () => this.#copy("link", this.#row.link))
    part(this.#element, "reply").addEventListener("click", () => this.#act.reply(this.#row.message))
    part(this.#element, "edit").addEventListener("click", () => this.#do("edit"))
    part(this.#element, "delete").addEventListener("click", () => this.#do("delete"))
  }

  hide() {
    this.#element?.remove()
    this.#row = null
  }

  // What it stands at has changed: perhaps there is nothing to do there any more.
  refresh() {
    if (!this.#row) return
    const { message, deeds } = this.#row
    if (!deeds.canReact(message) || !this.#row.element.isConnected) return this.hide()
    for (const name of ["edit", "delete"]) part(this.#element, name).hidden = !deeds.canChange(message)
  }

  #goTo(target) {
    const row = this.#rowAt(target.closest(".message"))
    if (row === this.#row || this.#isPicking) return
    this.hide()
    if (!row) return
    this.#row = row
    this.#openPicker(false)
    row.element.append(this.#element)
    this.refresh()
  }

  #leave() {
    if (!this.#isPicking && !this.#row?.element.contains(document.activeElement)) this.hide()
  }

  #pressed = ({ target, pointerType }) => {
    clearTimeout(this.#press)
    if (pointerType === "mouse" || target.closest("a, button")) return
    this.#press = setTimeout(() => this.#goTo(target), LONG_PRESS_MS)
  }

  get #isPicking() {
    return this.#row !== null && !part(this.#element, "picker").hidden
  }

  // Above its button if there is more room there.
  #openPicker(isOpen) {
    const picker = part(this.#element, "picker")
    const isLow = this.#element.getBoundingClientRect().top > innerHeight / 2
    picker.classList.toggle("picker--above", isLow)
    picker.hidden = !isOpen
    part(this.#element, "react").setAttribute("aria-expanded", isOpen)
    if (isOpen) picker.firstElementChild.focus({ preventScroll: true })
  }

  #choice(emoji) {
    const choice = document.createElement("button")
    choice.type = "button"
    choice.className = "picker__emoji"
    choice.textContent = emoji
    choice.addEventListener("click", () => {
      const { element, message } = this.#row
      this.#openPicker(false)
      element.focus({ preventScroll: true })
      this.#act.toggle(message, emoji)
    })
    return choice
  }

  async #copy(name, text) {
    const button = part(this.#element, name)
    await copy(text)
    button.classList.add("is-done")
    setTimeout(() => button.classList.remove("is-done"), 1_200)
  }

  #do(name) {
    const { message, element } = this.#row
    element.focus({ preventScroll: true })
    this.#act[name](message)
  }

  #keyPressed = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0
    if (event.key === "Escape") {
      if (this.#isPicking) part(this.#element, "react").focus()
      else this.#row.element.focus()
      this.#openPicker(false)
      event.stopPropagation()
    }
    const buttons = [...event.target.parentElement.querySelectorAll(":scope > button:not([hidden])")]
    if (step) buttons.at((buttons.indexOf(event.target) + step) % buttons.length).focus()
  }
}
