// One row of the conversation. A row is built once and kept up to date: focus and
// selection survive what happens around it.

import { permalink } from "../helpers/addresses.js"
import { isLong } from "../helpers/text.js"
import { paintAvatar } from "./avatar.js"
import { cloned, part } from "./dom.js"
import { bodyOf, markEdited, tombstone } from "./message_body.js"
import { quoteOf } from "./quote.js"
import { showReactions } from "./reactions.js"

const NAMED_MAX = 12 // of those who have read up to here

export class MessageRow {
  #words
  #actions
  #shown = new Map() // name → {value, where}: what each part shows
  #isUnfolded = false

  // `actions`: {retry, edit, delete, undo}, each taking a client_id, and toggle(message, emoji).
  constructor({ words, deeds, actions }) {
    this.#words = words
    this.deeds = deeds
    this.#actions = actions
    this.element = cloned("message", words)
    part(this.element, "unfold").addEventListener("click", this.#toggleFold)
  }

  // Asked of hundreds of rows at every rendering: what is as it was costs a comparison.
  update({ message, date, isContinued }, { isOnline, seenBy, room }) {
    const { pending } = message
    this.message = message
    this.#mark("is-continued", isContinued)
    this.#mark("is-pending", pending?.state === "queued")
    this.#mark("is-mention", message.mentions?.some((user_id) => this.deeds.isMine({ user_id })))
    this.#mark("is-gone", message.deleted)
    this.#mark("is-failed", pending?.state === "failed")
    const { content, username, deleted, edited_at, undo } = message
    if (this.#isNew("message", `${username}\n${deleted}\n${edited_at}\n${undo}\n${content}`)) this.#write(message)
    if (this.#isNew("quote", message.quote, room)) this.#writeQuote(room, message)
    if (this.#isNew("link", message.id, room)) this.#writeLink(room, message)
    if (this.#isNew("reactions", message.reactions)) this.#writeReactions()
    const seen = seenBy?.map((person) => person.username)
    if (this.#isNew("seen", seen?.join())) this.#writeSeen(seen ?? [])
    if (this.#isNew("date", date.getTime(), this.#words.locale)) this.#writeTime(date)
    const state = pending && `${pending.state} ${pending.reason?.code} ${isOnline} ${this.#words.language}`
    if (this.#isNew("state", state)) this.#writeState(pending, isOnline)
  }

  get link() {
    return part(this.element, "link").href
  }

  // For a moment, so that the eye finds it.
  outline() {
    this.element.focus({ preventScroll: true })
    this.element.classList.add("is-pointed")
    this.element.addEventListener("animationend", () => this.element.classList.remove("is-pointed"), { once: true })
  }

  #isNew(name, value, where) {
    const known = this.#shown.get(name)
    if (known && known.value === value && known.where === where) return false
    this.#shown.set(name, { value, where })
    return known !== undefined || value !== undefined
  }

  #mark(name, isSo) {
    if (this.#isNew(name, isSo || undefined)) this.element.classList.toggle(name, Boolean(isSo))
  }

  #write(message) {
    part(this.element, "author").textContent = message.username
    paintAvatar(part(this.element, "avatar"), message)
    const body = part(this.element, "body")
    if (message.deleted) {
      body.replaceChildren(tombstone(message, { words: this.#words, onUndo: this.#actions.undo }))
    } else {
      body.replaceChildren(bodyOf(message, this.#words))
      markEdited(body, message, this.#words)
    }
    this.#fold(message.content)
  }

  #writeQuote(room, { quote, reply_to }) {
    const line = quote && quoteOf(quote, { href: permalink(room, reply_to), words: this.#words })
    part(this.element, "quote").replaceChildren(...(line ? [line] : []))
  }

  #writeLink(room, { id }) {
    const link = part(this.element, "link")
    if (id === undefined) return link.removeAttribute("href")
    link.href = permalink(room, id)
  }

  #writeReactions() {
    showReactions(part(this.element, "reactions"), {
      message: this.message,
      words: this.#words,
      deeds: this.deeds,
      toggle: (emoji) => this.#actions.toggle(this.message, emoji),
    })
  }

  #writeSeen(names) {
    const mark = part(this.element, "seen")
    if (names.length === 0) return mark.replaceChildren()
    const icon = cloned("seen", this.#words)
    const some = names.slice(0, NAMED_MAX)
    const count = names.length - some.length
    const values = { names: count ? some.join(", ") : this.#words.list(some), count }
    const sentence = this.#words.say(count ? "message.seen_many" : "message.seen", values)
    icon.setAttribute("aria-label", sentence)
    part(icon, "names").textContent = sentence
    mark.replaceChildren(icon)
  }

  #writeTime(date) {
    const time = part(this.element, "time")
    if (Number.isNaN(date.getTime())) return time.replaceChildren()
    time.dateTime = date.toISOString()
    time.textContent = this.#words.time(date)
    time.title = this.#words.moment(date)
  }

  #writeState(pending, isOnline) {
    const state = part(this.element, "state")
    if (!pending) return state.replaceChildren()
    if (pending.state === "failed") return state.replaceChildren(this.#failed(pending))
    state.replaceChildren(cloned(isOnline ? "sending" : "waiting", this.#words))
  }

  #failed({ client_id, reason, kind }) {
    const row = cloned("failed", this.#words)
    part(row, "reason").textContent = this.#words.refusal(reason)
    part(row, "edit").hidden = kind === "delete"
    for (const name of ["retry", "edit", "delete"]) {
      part(row, name).addEventListener("click", () => this.#actions[name](client_id))
    }
    return row
  }

  #fold(content) {
    const unfold = part(this.element, "unfold")
    unfold.hidden = !isLong(content)
    this.element.classList.toggle("is-folded", isLong(content) && !this.#isUnfolded)
    unfold.textContent = this.#words.say(this.#isUnfolded ? "message.fold" : "message.unfold")
    unfold.setAttribute("aria-expanded", this.#isUnfolded)
  }

  #toggleFold = () => {
    this.#isUnfolded = !this.#isUnfolded
    this.element.classList.toggle("is-folded", !this.#isUnfolded)
    const unfold = part(this.element, "unfold")
    unfold.textContent = this.#words.say(this.#isUnfolded ? "message.fold" : "message.unfold")
    unfold.setAttribute("aria-expanded", this.#isUnfolded)
  }
}
