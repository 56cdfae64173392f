// The conversation: rows for the part of the log that is shown, in its order.

import { untilMidnight_ms } from "../helpers/calendar.js"
import { withDeeds } from "../models/deeds.js"
import { pendingMessage, rowsOf } from "../models/timeline.js"
import { ShownWindow } from "../models/shown_window.js"
import { cloned, part, region } from "./dom.js"
import { MessageActions } from "./message_actions.js"
import { MessageRow } from "./message_row.js"
import { walkWithArrows } from "./message_walk.js"
import { Region } from "./region.js"
import { ScrollKeeper } from "./scroll_keeper.js"
import { TimelineTop } from "./timeline_top.js"

const KEPT_MAX = 1_500
const KEPT_AFTER_TRIM = 600

export class MessageList extends Region {
  #rows = new Map() // key → MessageRow or the element of a day
  #byElement = new WeakMap() // → MessageRow
  #list
  #top
  #scroll
  #window
  #composer
  #actions
  #isPlanned = false
  #language
  #midnight

  // `composer()`: where what is to be written anew goes.
  constructor({ words, composer }) {
    super({ element: region("timeline"), words })
    this.#list = part(this.element, "rows")
    this.#top = new TimelineTop({ element: this.element, words })
    this.#composer = composer
    const column = part(this.element, "column")
    this.#scroll = new ScrollKeeper({ scroller: this.element, column, rows: this.#list })
    walkWithArrows({ timeline: this.element, rows: this.#list })
    this.#actions = new MessageActions({
      list: this.#list,
      words,
      rowAt: (element) => this.#byElement.get(element) ?? null,
      act: {
        toggle: (message, emoji) => this.session.deeds.toggle(message, emoji),
        edit: (message) => this.#composer().edit(message),
        delete: (message) => this.session.deeds.delete(message),
      },
    })
  }

  get isAtEnd() {
    return this.#scroll.isAtEnd && this.#window.isAtNewest
  }

  connect() {
    this.#window = new ShownWindow()
    this.#forgetRows()
    this.on(this.session.log, "change", this.#plan)
    this.on(this.session.outbox, "change", this.#plan)
    this.on(this.session, "state", this.#plan)
    this.on(this.element, "scroll", this.#scrolled)
    this.#waitForMidnight()
    this.#scroll.toEnd()
  }

  disconnect() {
    clearTimeout(this.#midnight)
  }

  toNewest() {
    this.#window.toNewest()
    this.#scroll.toEnd()
    this.render()
  }

  render() {
    const { log, outbox, person } = this.session
    if (this.#language !== this.words.language) this.#forgetRows()
    if (this.isAtEnd && log.messages.length > KEPT_MAX) log.trim(KEPT_AFTER_TRIM)
    if (this.#scroll.isNearTop && !this.#window.older(log.messages)) this.session.readOlder()
    const stored = this.#window.slice(log.messages, { isAtEnd: this.#scroll.isAtEnd })
    const shown = withDeeds(stored, outbox.entries, person)
    this.#scroll.keep(() => {
      this.#top.show(this.session, stored[0])
      this.#place(rowsOf([...shown, ...this.#pending()]))
    })
    this.#actions.refresh()
    this.element.dispatchEvent(new Event("rendered"))
  }

  // One rendering for whatever happens before the next frame.
  #plan = () => {
    if (this.#isPlanned) return
    this.#isPlanned = true
    requestAnimationFrame(() => {
      this.#isPlanned = false
      if (this.session) this.render()
    })
  }

  #scrolled = () => {
    const { log } = this.session
    if (this.#scroll.isNearTop) this.#plan()
    else if (this.#scroll.isNearEnd && !this.#window.isAtNewest) {
      this.#window.newer(log.messages)
      this.#plan()
    }
  }

  #pending() {
    if (!this.#window.isAtNewest) return []
    const { outbox, person } = this.session
    return outbox.entries.filter(({ kind }) => !kind).map((entry) => pendingMessage(entry, person))
  }

  #place(rows) {
    const keys = new Set(rows.map(({ key }) => key))
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue
      row.element.remove()
      this.#rows.delete(key)
    }
    rows.forEach((row, index) => {
      const { element } = this.#rowFor(row)
      const standing = this.#list.children[index]
      if (standing !== element) this.#list.insertBefore(element, standing ?? null)
    })
  }

  #rowFor(row) {
    const known = this.#rows.get(row.key) ?? this.#build(row)
    this.#rows.set(row.key, known)
    if (row.kind === "message") known.update(row, { isOnline: this.session.isOpen })
    return known
  }

  #build(row) {
    if (row.kind === "day") return { element: this.#day(row.date) }
    const { outbox, deeds } = this.session
    const actions = {
      retry: (clientId) => outbox.retry(clientId),
      edit: (clientId) => this.#writeAnew(outbox.remove(clientId)),
      delete: (clientId) => outbox.remove(clientId),
      undo: (clientId) => deeds.undo(clientId),
      toggle: (message, emoji) => deeds.toggle(message, emoji),
    }
    const built = new MessageRow({ words: this.words, deeds, actions })
    this.#byElement.set(built.element, built)
    return built
  }

  // Refused by the server, and given back to its author.
  #writeAnew({ message_id, content }) {
    if (message_id) this.#composer().edit({ ...this.session.log.withId(message_id), content })
    else this.#composer().giveBack(content)
  }

  #day(date) {
    const element = cloned("day", this.words)
    part(element, "label").textContent = this.words.day(date, new Date())
    return element
  }

  #forgetRows() {
    this.#language = this.words.language
    this.#rows.clear()
    this.#list.replaceChildren()
    this.#actions.build()
  }

  #waitForMidnight() {
    this.#midnight = setTimeout(() => {
      this.#forgetRows()
      this.render()
      this.#waitForMidnight()
    }, untilMidnight_ms(new Date()) + 1_000)
  }
}
