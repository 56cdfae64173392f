// The conversation: rows for the part of the log that is shown, in its order.

import { withDeeds } from "../models/deeds.js"
import { pendingMessage, rowsOf } from "../models/timeline.js"
import { ShownWindow } from "../models/shown_window.js"
import { part, region } from "./dom.js"
import { MessageActions } from "./message_actions.js"
import { MessageRows } from "./message_rows.js"
import { walkWithArrows } from "./message_walk.js"
import { Opening } from "./opening.js"
import { Region } from "./region.js"
import { rowActions } from "./row_actions.js"
import { ScrollKeeper } from "./scroll_keeper.js"
import { TimelineTop } from "./timeline_top.js"

const KEPT_MAX = 1_500
const KEPT_AFTER_TRIM = 600
const AHEAD = 50 // so many are there before they are wanted

export class MessageList extends Region {
  #rows
  #list
  #top
  #scroll
  #window
  #composer
  #receipts
  #actions
  #isPlanned = false
  #opening
  #language

  // `composer()`: where what is to be written anew goes.
  constructor({ words, composer, receipts }) {
    super({ element: region("timeline"), words })
    this.#list = part(this.element, "rows")
    this.#top = new TimelineTop({ element: this.element, words })
    this.#composer = composer
    this.#receipts = receipts
    const column = part(this.element, "column")
    this.#scroll = new ScrollKeeper({ scroller: this.element, column, rows: this.#list })
    this.#rows = new MessageRows({ list: this.#list, words })
    this.#opening = new Opening({
      element: this.element,
      scroll: this.#scroll,
      rows: this.#rows,
      reach: (seq) => this.#reach(seq),
    })
    walkWithArrows({ timeline: this.element, rows: this.#list })
    this.#actions = new MessageActions({
      list: this.#list,
      words,
      rowAt: (element) => this.#rows.at(element),
      act: {
        toggle: (message, emoji) => this.session.deeds.toggle(message, emoji),
        reply: (message) => this.#composer().reply(message),
        edit: (message) => this.#composer().edit(message),
        delete: (message) => this.session.deeds.delete(message),
      },
    })
  }

  // The newest stored message that is on screen, if any.
  get lastOnScreen() {
    if (!this.#opening.isDone) return null
    let row = this.#scroll.lastVisible
    while (row && !row.matches(".message:not(.is-pending, .is-failed)")) row = row.previousElementSibling
    return this.#rows.at(row)?.message ?? null
  }

  get isAtEnd() {
    return this.#scroll.isAtEnd && this.#window.isAtNewest && !this.session.view.isPast
  }

  connect() {
    this.#window = new ShownWindow()
    this.#forgetRows()
    this.on(this.session.view, "change", this.#viewChanged)
    const { log, outbox, reading } = this.session
    for (const source of [log, outbox, reading.others, this.#receipts]) this.on(source, "change", this.#plan)
    this.on(document, "visibilitychange", this.#lookedAway)
    this.on(this.session, "state", this.#plan)
    this.on(this.element, "scroll", this.#scrolled)
    this.on(document, "midnight", this.#plan)
    this.#opening.begin(this.session)
    this.session.reading.reopen(this.session.log.messages)
    this.#scroll.toEnd()
  }

  toNewLine() {
    this.#opening.toNewLine()
  }

  // A message in the middle of what is seen, outlined for a moment; false if it isn't loaded.
  point(id) {
    const message = this.session.view.log.withId(id)
    if (!message) return false
    this.#opening.skip()
    this.#reach(message.seq)
    this.#scroll.toMiddle(this.#rows.of(message).element)
    this.#rows.of(message).outline()
    return true
  }

  toNewest() {
    this.session.view.leave()
    this.#window.toNewest()
    this.#scroll.toEnd()
    this.render()
  }

  render() {
    const { log } = this.session.view
    if (this.isAtEnd && log.messages.length > KEPT_MAX) log.trim(KEPT_AFTER_TRIM)
    if (this.#scroll.isNearTop && this.#window.older(log.messages) < AHEAD) this.session.readOlder()
    const stored = this.#window.slice(log.messages, { isAtEnd: this.#scroll.isAtEnd })
    this.#scroll.keep(() => {
      if (this.#language !== this.words.language) this.#forgetRows()
      this.#top.show(this.session, stored[0])
      this.#show(stored)
    })
    this.#goOnBelow()
    this.#opening.goOn()
    this.#actions.refresh()
    this.element.dispatchEvent(new Event("rendered"))
  }

  #show(stored) {
    const { log, view, outbox, person, deeds, reading, isOpen } = this.session
    const isLooking = this.isAtEnd && !document.hidden && this.#opening.isDone
    const opened = { myId: person.userId, hasOlder: log.hasOlder, isLooking }
    if (!view.isPast) reading.line.place(log.messages, opened)
    const seen = this.#receipts.of(this.session, stored)
    const shown = withDeeds(stored, outbox.entries, person)
    const unknown = log.unknown.filter((seq) => this.#window.isAtNewest || seq < stored.at(-1)?.seq)
    this.#rows.show(rowsOf([...shown, ...this.#pending()], { newSeq: reading.line.seq, unknown }), {
      about: ({ seq }) => ({ isOnline: isOpen, seenBy: seen.get(seq), room: this.session.ref }),
      build: { deeds, actions: rowActions({ session: this.session, composer: this.#composer() }) },
    })
  }

  #reach(seq) {
    this.#window.reach(this.session.view.log.messages, seq)
    this.#scroll.leaveEnd()
    this.render()
  }

  #lookedAway = () => {
    if (!document.hidden) return this.#plan() // a timer may have slept through midnight
    if (!this.isAtEnd) return
    this.session.reading.line.lookAway(this.session.log.messages)
    this.#plan()
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
    if (this.#scroll.isNearTop) this.#plan()
    else this.#goOnBelow()
  }

  // What follows is added below, and what is read stays in its place.
  #goOnBelow() {
    const { view } = this.session
    if (!this.#scroll.isNearEnd) return
    if (this.#window.isAtNewest) return view.readNewer()
    this.#window.newer(view.log.messages)
    this.#scroll.leaveEnd()
    this.#plan()
  }

  // Another stretch of the log, or more of it: what is read stays in its place.
  #viewChanged = () => {
    this.#scroll.leaveEnd()
    this.#plan()
  }

  #pending() {
    if (!this.#window.isAtNewest || this.session.view.isPast) return []
    const { outbox, person } = this.session
    return outbox.entries.filter(({ kind }) => !kind).map((entry) => pendingMessage(entry, person))
  }

  // Built anew, with what is read in its place.
  #forgetRows() {
    this.#language = this.words.language
    this.#rows.forget()
    this.#actions.build()
  }
}
