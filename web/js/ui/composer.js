// Where one writes. Never disabled: what can't be sent now waits in the outbox.

import { charsIn, isBlank, sendable } from "../helpers/text.js"
import { quoted } from "../models/changes.js"
import { TypingSignal } from "../models/typing.js"
import { part, region } from "./dom.js"
import { Region } from "./region.js"

const CHARS_MAX = 4_000 // until the server tells its own
const COUNT_FROM = 0.9

export class Composer extends Region {
  #text
  #drafts
  #onSent
  #typing
  #reply = null // {reply_to, quote} of the message that is answered
  #editing = null // {message, draft}: what is edited, and what was being written before
  #isTouch = matchMedia("(hover: none) and (pointer: coarse)")

  constructor({ words, drafts, onSent }) {
    super({ element: region("composer"), words })
    this.#text = part(this.element, "text")
    this.#drafts = drafts
    this.#onSent = onSent
    this.element.addEventListener("submit", this.#submitted)
    this.#text.addEventListener("input", this.#written)
    this.#text.addEventListener("keydown", this.#keyPressed)
    part(this.element, "cancel").addEventListener("click", () => this.#endEditing())
    part(this.element, "cancel-reply").addEventListener("click", () => this.#answer(null))
  }

  connect() {
    const { session } = this
    this.#typing = new TypingSignal({ tell: (is) => session.tellTyping(is), timers: window })
    this.#text.value = this.#drafts.of(session.ref)
    this.on(session, "room", this.#roomKnown)
    this.focus()
  }

  disconnect() {
    this.#typing.stop()
    this.#endEditing()
    this.#answer(null)
  }

  render() {
    const { room } = this.session
    const key = room ? "composer.placeholder" : "composer.label"
    this.#text.placeholder = this.words.say(key, { name: room?.name })
    this.#text.setAttribute("aria-label", this.#text.placeholder)
    this.#measure()
  }

  // On touch the keyboard would cover the room.
  focus() {
    if (!this.#isTouch.matches && !document.querySelector("dialog[open]")) this.#text.focus()
  }

  // Answer a message: what is sent next stands under a line of it.
  reply({ id, user_id, username, content }) {
    this.#endEditing()
    this.#answer({ reply_to: id, quote: { user_id, username, content: quoted(content) } })
    this.#text.focus()
  }

  // Change a message that was sent. What was being written waits.
  edit(message) {
    this.#endEditing()
    this.#editing = { message, draft: this.#text.value }
    this.#text.value = message.content
    part(this.element, "editing").hidden = false
    this.#measure()
    this.#text.focus()
  }

  // A failed message back for another try, before whatever is being written.
  giveBack(content) {
    this.#endEditing()
    this.#text.value = [content, this.#text.value].filter(Boolean).join("\n")
    this.#keep()
    this.#text.focus()
  }

  #submitted = (event) => {
    event.preventDefault()
    const content = sendable(this.#text.value.replace(/^\s*\n|\s+$/gu, ""))
    if (isBlank(content) || this.#isOver) return this.#text.focus()
    this.#typing.stop()
    if (this.#editing) return this.#saveEdit(content)
    this.session.outbox.add(content, this.#reply ?? {})
    this.#answer(null)
    this.#text.value = ""
    this.#keep()
    this.#text.focus()
    this.#onSent()
  }

  #answer(reply) {
    this.#reply = reply
    part(this.element, "replying").hidden = !reply
    if (!reply) return
    const { username: name, content } = reply.quote
    part(this.element, "reply-to").textContent = this.words.say("composer.replying", { name, content })
  }

  #saveEdit(content) {
    const { message } = this.#editing
    if (content !== message.content) this.session.deeds.edit(message, content)
    this.#endEditing()
  }

  #endEditing() {
    if (!this.#editing) return
    this.#text.value = this.#editing.draft
    this.#editing = null
    part(this.element, "editing").hidden = true
    this.#keep()
    this.#text.focus()
  }

  #editLast() {
    const { log, deeds } = this.session
    const last = log.messages.findLast((message) => deeds.canChange(message))
    if (last) this.edit(last)
    return Boolean(last)
  }

  #written = () => {
    this.#keep()
    if (isBlank(this.#text.value)) this.#typing.stop()
    else this.#typing.written()
  }

  // Enter sends, Shift+Enter breaks; on touch Enter breaks; never while a word is being composed.
  #keyPressed = (event) => {
    if (event.isComposing || event.keyCode === 229) return
    if (event.key === "Escape" && this.#editing) return this.#endEditing()
    if (event.key === "Escape" && this.#reply) return this.#answer(null)
    if (event.key === "ArrowUp" && !this.#text.value && !this.#editing && this.#editLast()) return event.preventDefault()
    if (event.key !== "Enter") return
    const isCommand = event.ctrlKey || event.metaKey
    if (!isCommand && (event.shiftKey || event.altKey || this.#isTouch.matches)) return
    event.preventDefault()
    this.element.requestSubmit()
  }

  // The address said "1", the room says "general": the draft is under its name.
  #roomKnown = () => {
    if (!this.#text.value && !this.#editing) this.#text.value = this.#drafts.of(this.session.ref)
    this.render()
  }

  #keep() {
    if (!this.#editing) this.#drafts.keep(this.session.ref, this.#text.value)
    this.#measure()
  }

  get #charsMax() {
    return this.session.limits.message_chars_max ?? CHARS_MAX
  }

  get #isOver() {
    return charsIn(this.#text.value) > this.#charsMax
  }

  #measure() {
    const text = this.#text
    text.style.blockSize = "auto"
    text.style.blockSize = `${text.scrollHeight}px`
    const chars = charsIn(text.value)
    const left = this.#charsMax - chars
    this.element.classList.toggle("has-text", !isBlank(text.value))
    this.element.classList.toggle("is-over", left < 0)
    const isClose = chars > this.#charsMax * COUNT_FROM
    part(this.element, "count").textContent = isClose ? this.words.say("composer.left", { left }) : ""
    part(this.element, "hint").textContent = this.#hint(left)
  }

  #hint(left) {
    if (left < 0) return this.words.say("composer.over", { count: -left })
    if (this.#isTouch.matches) return ""
    return this.words.say(this.#editing ? "composer.edit_keys" : "composer.keys")
  }
}
