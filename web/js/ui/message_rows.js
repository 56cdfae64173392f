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
    rows.forEach((row, index) => {
      const known = this.#rows.get(row.key) ?? this.#build(row, build)
      this.#rows.set(row.key, known)
      known.element.dataset.key = row.key
      if (row.kind === "day") this.#label(known.element, row.date)
      if (row.kind === "message") known.update(row, about(row.message))
      const standing = this.#list.children[index]
      if (standing !== known.element) this.#list.insertBefore(known.element, standing ?? null)
    })
  }

  forget() {
    this.#rows.clear()
    this.#list.replaceChildren()
  }

  #build(row, build) {
    if (row.kind === "new") return { element: cloned("new", this.#words) }
    if (row.kind === "day") return { element: cloned("day", this.#words) }
    const built = new MessageRow({ words: this.#words, ...build })
    this.#byElement.set(built.element, built)
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
