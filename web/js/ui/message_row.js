// One row of the conversation. A row is built once and kept up to date: focus and
// selection survive what happens around it.

import { isLong } from "../helpers/text.js"
import { paintAvatar } from "./avatar.js"
import { cloned, part } from "./dom.js"
import { richText } from "./rich_text.js"

export class MessageRow {
  #words
  #actions
  #shown = {}
  #isUnfolded = false

  // `actions`: {retry, edit, delete}, each taking a client_id.
  constructor({ words, actions }) {
    this.#words = words
    this.#actions = actions
    this.element = cloned("message", words)
    part(this.element, "unfold").addEventListener("click", this.#toggleFold)
  }

  update({ message, date, isContinued }, { isOnline }) {
    const { pending } = message
    this.element.classList.toggle("is-continued", isContinued)
    this.element.classList.toggle("is-pending", pending?.state === "queued")
    this.element.classList.toggle("is-failed", pending?.state === "failed")
    if (this.#isNew("message", message.content + message.username)) this.#write(message)
    if (this.#isNew("date", date.getTime() + this.#words.locale)) this.#writeTime(date)
    const state = pending && `${pending.state} ${pending.reason?.code} ${isOnline} ${this.#words.language}`
    if (this.#isNew("state", state)) this.#writeState(pending, isOnline)
  }

  #isNew(name, value) {
    const isNew = this.#shown[name] !== value
    this.#shown[name] = value
    return isNew
  }

  #write(message) {
    part(this.element, "author").textContent = message.username
    paintAvatar(part(this.element, "avatar"), message)
    part(this.element, "body").replaceChildren(this.#bodyOf(message))
    this.#fold(message.content)
  }

  // A message that can't be shown is a line of its own, never a broken page.
  #bodyOf({ content }) {
    try {
      return richText(content)
    } catch {
      return document.createTextNode(this.#words.say("message.unreadable"))
    }
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

  #failed({ client_id, reason }) {
    const row = cloned("failed", this.#words)
    const key = `error.${reason.code}`
    part(row, "reason").textContent = this.#words.has(key) ? this.#words.say(key) : reason.message
    for (const [name, act] of Object.entries(this.#actions)) {
      part(row, name).addEventListener("click", () => act(client_id))
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
