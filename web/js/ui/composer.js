// Where one writes. Never disabled: what can't be sent now waits in the outbox.

import { isBlank, sendable } from "../helpers/text.js"
import { quoted } from "../models/changes.js"
import { TypingSignal } from "../models/typing.js"
import { ComposerLimits } from "./composer_limits.js"
import { part, region } from "./dom.js"
import { Region } from "./region.js"

export class Composer extends Region {
  #text
  #drafts
  #onSent
  #typing
  #limits
  #completion = null // what completes names and emoji, once it has been asked for
  #isFetching = false
  #reply = null // {reply_to, quote} of the message that is answered
  #editing = null // {message, draft}: what is edited, and what was being written before
  #isTouch = matchMedia("(hover: none) and (pointer: coarse)")
  #early = "" // what was written before this module was there

  constructor({ words, drafts, onSent }) {
    super({ element: region("composer"), words })
    this.#text = part(this.element, "text")
    this.#early = this.#text.value
    this.#drafts = drafts
    this.#onSent = onSent
    this.#limits = new ComposerLimits({ element: this.element, words, isTouch: this.#isTouch })
    this.element.addEventListener("submit", this.#submitted)
    this.#text.addEventListener("input", this.#written)
    this.#text.addEventListener("keydown", this.#keyPressed)
    part(this.element, "cancel").addEventListener("click", () => this.#endEditing())
    part(this.element, "cancel-reply").addEventListener("click", () => this.#answer(null))
  }

  connect() {
    const { session } = this
    this.#limits.attach(session)
    this.#completion?.attach(session)
    this.#typing = new TypingSignal({ tell: (is) => session.tellTyping(is), timers: window })
    this.#text.value = this.#drafts.of(session.ref)
    this.#takeEarly()
    this.on(session, "room", this.#roomKnown)
    this.on(session.standing, "change", () => this.#measure())
    this.focus()
  }

  disconnect() {
    this.#typing.stop()
    this.#endEditing()
    this.#answer(null)
    this.#limits.detach()
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
    if (this.#limits.isBarred) return this.#limits.focusReason()
    this.#endEditing()
    this.#answer({ reply_to: id, quote: { user_id, username, content: quoted(content) } })
    this.#text.focus()
  }

  // Change a stored message, beginning with `text`. What was being written waits. False if barred.
  edit(message, text = message.content) {
    if (this.#limits.isBarred) return this.#limits.focusReason()
    this.#endEditing()
    this.#editing = { message, draft: this.#text.value }
    this.#text.value = text
    part(this.element, "editing").hidden = false
    this.#measure()
    this.#text.focus()
    return true
  }

  // A failed message back for another try, before whatever is being written.
  giveBack(content) {
    this.#endEditing()
    this.#text.value = [content, this.#text.value].filter(Boolean).join("\n")
    this.#keep()
    this.#text.focus()
  }

  // On a slow line one may write before the page can listen. A browser that keeps what was in
  // the fields over a reload brings the draft itself.
  #takeEarly() {
    const early = this.#early
    this.#early = ""
    if (early && early !== this.#text.value) this.giveBack(early)
  }

  #submitted = (event) => {
    event.preventDefault()
    this.#completion?.close()
    const content = sendable(this.#text.value.replace(/^\s*\n|\s+$/gu, ""))
    if (isBlank(content) || this.#limits.isOver || this.#limits.isBarred) return this.#text.focus()
    this.#typing.stop()
    if (this.#editing) return this.#saveEdit(content)
    if (this.#limits.isWaiting) return this.#text.focus()
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

  #written = (event) => {
    this.#keep()
    this.#complete(event)
    if (isBlank(this.#text.value)) this.#typing.stop()
    else this.#typing.written()
  }

  async #complete(event) {
    if (this.#completion) return this.#completion.update(event)
    if (this.#isFetching || !/[@:]/u.test(this.#text.value)) return
    this.#isFetching = true
    const module = await import("../completing/completion.js").catch(() => null) // the server may be away
    this.#isFetching = false
    if (!module || !this.session) return
    this.#completion = new module.Completion({ element: this.element, words: this.words })
    this.#completion.attach(this.session)
    this.#completion.update()
  }

  // Enter sends, Shift+Enter breaks; on touch Enter breaks; never while a word is being composed.
  #keyPressed = (event) => {
    if (event.isComposing || event.keyCode === 229) return
    if (this.#completion?.keyPressed(event)) return
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

  #measure() {
    this.#limits.render({ isEditing: this.#editing !== null })
  }
}
