// A list above the box while a name or an emoji is being typed. The focus stays in the text;
// arrows choose, Enter or Tab takes, Esc closes; a finger or a pointer takes what it presses.

import { emojiChoices, mentionChoices, wholeEmojiAt, wordAt } from "./choices.js"
import { paintAvatar } from "../ui/avatar.js"
import { cloned, part } from "../ui/dom.js"

const AWAY_MAX = 50
const MOVES = new Set(["ArrowLeft", "ArrowRight", "Home", "End"])

export class Completion {
  #text
  #list
  #status
  #words
  #session = null
  #word = null
  #choices = []
  #index = 0
  #closedAt = null // where a word begins for which the list was closed

  constructor({ element, words }) {
    this.#words = words
    this.#text = part(element, "text")
    this.#list = part(element, "choices")
    this.#status = part(element, "found")
    this.#text.addEventListener("compositionend", () => this.update())
    this.#text.addEventListener("blur", () => this.close())
    this.#text.addEventListener("click", () => this.update())
    this.#text.addEventListener("keyup", ({ key }) => MOVES.has(key) && this.update())
    // Pressed, not clicked: the focus, and on a phone the keyboard, stay where they are.
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault())
    this.#list.addEventListener("click", ({ target }) => this.#take(indexOf(target)))
    this.#list.addEventListener("pointermove", ({ target }) => this.#point(indexOf(target)))
  }

  attach(session) {
    this.#session = session
    this.close()
  }

  get isOpen() {
    return !this.#list.hidden
  }

  // After the text or the caret has changed. An unfinished composition is nobody's name yet.
  update(event) {
    if (event?.isComposing) return
    const { value, selectionStart: caret, selectionEnd } = this.#text
    const whole = event?.data === ":" && wholeEmojiAt(value, caret)
    if (whole) return this.#put(whole)
    this.#word = caret === selectionEnd ? wordAt(value, caret) : null
    if (this.#word?.from !== this.#closedAt) this.#closedAt = null
    const isWanted = this.#word && this.#closedAt === null
    this.#show(isWanted ? this.#found(this.#word) : [])
  }

  close() {
    this.#show([])
  }

  // True if the key was for the list.
  keyPressed(event) {
    if (!this.isOpen || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) this.#point((this.#index + step + this.#choices.length) % this.#choices.length)
    else if (event.key === "Enter" || event.key === "Tab") this.#take(this.#index)
    else if (event.key === "Escape") this.#dismiss()
    else return false
    event.preventDefault()
    return true
  }

  #found({ kind, query }) {
    if (kind === "emoji") return emojiChoices(query, this.#words.language)
    const { members, view, person } = this.#session
    const here = members.sorted({ myId: person.userId, locale: this.#words.locale })
    const people = [...here, ...members.away(AWAY_MAX)]
    return mentionChoices(query, { people, messages: view.log.messages, myId: person.userId })
  }

  #show(choices) {
    const wasOpen = this.isOpen
    this.#choices = choices
    this.#list.hidden = choices.length === 0
    if (!wasOpen && !this.isOpen) return
    this.#list.replaceChildren(...choices.map((choice, index) => this.#row(choice, index)))
    this.#list.setAttribute("aria-label", this.#words.say(`completion.${this.#word?.kind ?? "mention"}`))
    const count = choices.length
    this.#status.textContent = count ? this.#words.say("completion.found", { count }) : ""
    if (this.isOpen) return this.#point(0)
    this.#text.removeAttribute("aria-activedescendant")
  }

  #row({ label, person, emoji }, index) {
    const row = cloned("choice", this.#words)
    row.id = `choice-${index}`
    row.dataset.index = index
    part(row, "label").textContent = label
    const sign = part(row, "sign")
    if (person) paintAvatar(sign, person)
    else sign.className = "choice__emoji"
    if (emoji) sign.textContent = emoji
    return row
  }

  #point(index) {
    if (index === null) return
    this.#list.children[this.#index]?.setAttribute("aria-selected", "false")
    this.#index = index
    const row = this.#list.children[index]
    row.setAttribute("aria-selected", "true")
    row.scrollIntoView({ block: "nearest" })
    this.#text.setAttribute("aria-activedescendant", row.id)
  }

  #take(index) {
    if (index === null) return
    const { from, to } = this.#word
    this.#put({ from, to, insert: this.#choices[index].insert })
  }

  #dismiss() {
    this.#closedAt = this.#word.from
    this.close()
  }

  // As if it had been typed: it can be undone.
  #put({ from, to, insert }) {
    const text = this.#text
    text.focus()
    text.setSelectionRange(from, to)
    if (document.execCommand("insertText", false, insert)) return
    text.setRangeText(insert, from, to, "end")
    text.dispatchEvent(new Event("input", { bubbles: true }))
  }
}

function indexOf(target) {
  const row = target.closest("[role=option]")
  return row && Number(row.dataset.index)
}
