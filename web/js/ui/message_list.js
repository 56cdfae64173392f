// The conversation: rows for the part of the log that is shown, in its order.

import { untilMidnight_ms } from "../helpers/calendar.js"
import { withDeeds } from "../models/deeds.js"
import { pendingMessage, rowsOf } from "../models/timeline.js"
import { ShownWindow } from "../models/shown_window.js"
import { part, region } from "./dom.js"
import { MessageActions } from "./message_actions.js"
import { MessageRows } from "./message_rows.js"
import { walkWithArrows } from "./message_walk.js"
import { Opening } from "./opening.js"
import { Region } from "./region.js"
import { ScrollKeeper } from "./scroll_keeper.js"
import { TimelineTop } from "./timeline_top.js"

const KEPT_MAX = 1_500
const KEPT_AFTER_TRIM = 600

export class MessageList extends Region {
  #rows
  #list
  #top
  #scroll
  #window
  #composer
  #actions
  #isPlanned = false
  #opening
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
        edit: (message) => this.#composer().edit(message),
        delete: (message) => this.session.deeds.delete(message),
      },
    })
  }

  // The newest stored message that is on screen, if any.
  get lastOnScreen() {
    if (!this.#opening.isDone) return null
    const { bottom } = this.element.getBoundingClientRect()
    const isStored = (row) => row.matches(".message:not(.is-pending, .is-failed)")
    const isSeen = (row) => row.getBoundingClientRect().bottom < bottom + 8
    const row = [...this.#list.children].findLast((each) => isStored(each) && isSeen(each))
    return this.#rows.at(row)?.message ?? null
  }

  get isAtEnd() {
    return this.#scroll.isAtEnd && this.#window.isAtNewest
  }

  connect() {
    this.#window = new ShownWindow()
    this.#forgetRows()
    this.on(this.session.log, "change", this.#plan)
    this.on(this.session.outbox, "change", this.#plan)
    this.on(this.session.reading.others, "change", this.#plan)
    this.on(document, "visibilitychange", this.#lookedAway)
    this.on(this.session, "state", this.#plan)
    this.on(this.element, "scroll", this.#scrolled)
    this.#waitForMidnight()
    this.#opening.begin(this.session)
    this.session.reading.reopen(this.session.log.messages)
    this.#scroll.toEnd()
  }

  disconnect() {
    clearTimeout(this.#midnight)
  }

  toNewLine() {
    this.#opening.toNewLine()
  }

  toNewest() {
    this.#window.toNewest()
    this.#scroll.toEnd()
    this.render()
  }

  render() {
    const { log } = this.session
    if (this.isAtEnd && log.messages.length > KEPT_MAX) log.trim(KEPT_AFTER_TRIM)
    if (this.#scroll.isNearTop && !this.#window.older(log.messages)) this.session.readOlder()
    const stored = this.#window.slice(log.messages, { isAtEnd: this.#scroll.isAtEnd })
    this.#scroll.keep(() => {
      if (this.#language !== this.words.language) this.#forgetRows()
      this.#top.show(this.session, stored[0])
      this.#show(stored)
    })
    this.#opening.goOn()
    this.#actions.refresh()
    this.element.dispatchEvent(new Event("rendered"))
  }

  #show(stored) {
    const { log, outbox, person, deeds, reading, isOpen } = this.session
    const isLooking = this.isAtEnd && !document.hidden && this.#opening.isDone
    reading.line.place(log.messages, { myId: person.userId, hasOlder: log.hasOlder, isLooking })
    const seen = reading.others.lastOf(stored, person.userId)
    const shown = withDeeds(stored, outbox.entries, person)
    this.#rows.show(rowsOf([...shown, ...this.#pending()], { newSeq: reading.line.seq }), {
      about: ({ seq }) => ({ isOnline: isOpen, seenBy: seen.get(seq) }),
      build: { deeds, actions: this.#actionsOfRows },
    })
  }

  #reach(seq) {
    this.#window.reach(this.session.log.messages, seq)
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

  get #actionsOfRows() {
    const { outbox, deeds } = this.session
    return {
      retry: (clientId) => outbox.retry(clientId),
      edit: (clientId) => this.#writeAnew(outbox.remove(clientId)),
      delete: (clientId) => outbox.remove(clientId),
      undo: (clientId) => deeds.undo(clientId),
      toggle: (message, emoji) => deeds.toggle(message, emoji),
    }
  }

  // Refused by the server, and given back to its author.
  #writeAnew({ message_id, content }) {
    if (message_id) this.#composer().edit({ ...this.session.log.withId(message_id), content })
    else this.#composer().giveBack(content)
  }

  // Built anew, with what is read in its place.
  #forgetRows() {
    this.#language = this.words.language
    this.#rows.forget()
    this.#actions.build()
  }

  #waitForMidnight() {
    this.#midnight = setTimeout(() => {
      this.render()
      this.#waitForMidnight()
    }, untilMidnight_ms(new Date()) + 1_000)
  }
}
