// The elements of the conversation, one for each row. Those that already stand where
// they belong are left alone: focus and selection survive.

import { dayKey } from "../helpers/calendar.js"
import { keyOf } from "../models/timeline.js"
import { cloned, part } from "./dom.js"
import { MessageRow } from "./message_row.js"

export class MessageRows {
  #list
  #words
  #rows = new Map() // key → MessageRow, or the element of a row of another kind
  #byElement = new WeakMap()

  constructor({ list, words }) {
    this.#list = list
    this.#words = words
  }

  // The MessageRow of an element, or null.
  at(element) {
    return this.#byElement.get(element) ?? null
  }

  of(message) {
    return this.#rows.get(keyOf(message)) ?? null
  }

  get newLine() {
    return this.#rows.get("new")?.element ?? null
  }

  // `about(message)`: {isOnline, seenBy}; `build`: {deeds, actions} for what is new.
  show(rows, { about, build }) {
    const keys = new Set(rows.map(({ key }) => key))
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue
      row.element.remove()
      this.#rows.delete(key)
    }
    let standing = this.#list.firstElementChild
    for (const row of rows) {
      const known = this.#rows.get(row.key) ?? this.#build(row, build)
      if (row.kind === "day") this.#label(known.element, row.date)
      if (row.kind === "message") known.update(row, about(row.message))
      if (standing === known.element) standing = standing.nextElementSibling
      else this.#list.insertBefore(known.element, standing)
    }
  }

  forget() {
    this.#rows.clear()
    this.#list.replaceChildren()
  }

  #build({ kind, key }, build) {
    const isMessage = kind === "message"
    const built = isMessage ? new MessageRow({ words: this.#words, ...build }) : { element: cloned(kind, this.#words) }
    if (isMessage) this.#byElement.set(built.element, built)
    built.element.dataset.key = key
    this.#rows.set(key, built)
    return built
  }

  // "Today" is yesterday after midnight.
  #label(element, date) {
    const label = part(element, "label")
    const text = this.#words.day(date, new Date())
    part(element, "jump").dataset.day = dayKey(date)
    if (label.textContent !== text) label.textContent = text
  }
}
