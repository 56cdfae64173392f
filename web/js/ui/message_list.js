// The conversation: rows for the part of the log that is shown, in its order.

import { untilMidnight_ms } from "../helpers/calendar.js"
import { pendingMessage, rowsOf } from "../models/timeline.js"
import { ShownWindow } from "../models/shown_window.js"
import { cloned, part, region } from "./dom.js"
import { MessageRow } from "./message_row.js"
import { Region } from "./region.js"
import { ScrollKeeper } from "./scroll_keeper.js"
import { TimelineTop } from "./timeline_top.js"

const KEPT_MAX = 1_500
const KEPT_AFTER_TRIM = 600

export class MessageList extends Region {
  #rows = new Map() // key → MessageRow or the element of a day
  #list
  #top
  #scroll
  #window
  #edit
  #isPlanned = false
  #language
  #midnight

  // `edit(content)`: give a failed message back to its author.
  constructor({ words, edit }) {
    super({ element: region("timeline"), words })
    this.#list = part(this.element, "rows")
    this.#top = new TimelineTop({ element: this.element, words })
    this.#edit = edit
    const column = part(this.element, "column")
    this.#scroll = new ScrollKeeper({ scroller: this.element, column, rows: this.#list })
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
    const { log } = this.session
    if (this.#language !== this.words.language) this.#forgetRows()
    if (this.isAtEnd && log.messages.length > KEPT_MAX) log.trim(KEPT_AFTER_TRIM)
    if (this.#scroll.isNearTop && !this.#window.older(log.messages)) this.session.readOlder()
    const shown = this.#window.slice(log.messages, { isAtEnd: this.#scroll.isAtEnd })
    this.#scroll.keep(() => {
      this.#top.show(this.session, shown[0])
      this.#place(rowsOf([...shown, ...this.#pending()]))
    })
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
    return this.session.outbox.entries.map((entry) => pendingMessage(entry, this.session.person))
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
    const { outbox } = this.session
    const actions = {
      retry: (clientId) => outbox.retry(clientId),
      edit: (clientId) => this.#edit(outbox.remove(clientId).content),
      delete: (clientId) => outbox.remove(clientId),
    }
    return new MessageRow({ words: this.words, actions })
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
  }

  #waitForMidnight() {
    this.#midnight = setTimeout(() => {
      this.#forgetRows()
      this.render()
      this.#waitForMidnight()
    }, untilMidnight_ms(new Date()) + 1_000)
  }
}
