// What stands in the way of sending, and how it is said: too long, too soon in slow mode,
// or not allowed here, when a sentence takes the place of the box. What is written stays.

import { charsIn, isBlank } from "../helpers/text.js"
import { part, write } from "./dom.js"
import { until } from "./until.js"

const CHARS_MAX = 4_000 // until the server tells its own
const COUNT_FROM = 0.9
const TICK_MS = 500

export class ComposerLimits {
  #element
  #text
  #words
  #isTouch
  #session = null
  #isEditing = false
  #tick = null

  constructor({ element, words, isTouch }) {
    this.#element = element
    this.#text = part(element, "text")
    this.#words = words
    this.#isTouch = isTouch
  }

  attach(session) {
    this.#session = session
  }

  detach() {
    clearInterval(this.#tick)
    this.#tick = null
  }

  get isOver() {
    return charsIn(this.#text.value) > this.#charsMax
  }

  get isBarred() {
    return this.#session.standing.barred !== null
  }

  get isWaiting() {
    return this.#session.isOpen && this.#session.standing.wait_s > 0
  }

  // Where the focus goes if there is nothing to write in. False, for whoever wanted to write.
  focusReason() {
    part(this.#element, "barred").focus()
    return false
  }

  render({ isEditing }) {
    const text = this.#text
    text.style.blockSize = "auto"
    text.style.blockSize = `${text.scrollHeight}px`
    const chars = charsIn(text.value)
    const left = this.#charsMax - chars
    this.#element.classList.toggle("has-text", !isBlank(text.value))
    this.#element.classList.toggle("is-over", left < 0)
    const isClose = chars > this.#charsMax * COUNT_FROM
    write(part(this.#element, "count"), isClose ? this.#words.say("composer.left", { left }) : "")
    write(part(this.#element, "hint"), this.#hint({ left, isEditing }))
    this.#isEditing = isEditing
    this.#showStanding()
  }

  #showStanding() {
    const { barred, wait_s, isPassing } = this.#session.standing
    const reason = part(this.#element, "barred")
    const hadFocus = this.#element.contains(document.activeElement)
    write(part(reason, "why"), barred ? this.#reason(barred) : "")
    this.#element.closest(".conversation").classList.toggle("is-read-only", barred !== null)
    if (reason.hidden !== (barred === null)) {
      reason.hidden = barred === null
      part(this.#element, "box").hidden = part(this.#element, "hint").hidden = barred !== null
      if (hadFocus) (barred ? reason : this.#text).focus()
    }
    part(this.#element, "wait").hidden = !this.isWaiting || this.#isEditing
    write(part(this.#element, "clock"), clock(wait_s))
    this.#element.classList.toggle("is-waiting", this.isWaiting && !this.#isEditing)
    if (isPassing) this.#tick ??= setInterval(() => this.#showStanding(), TICK_MS)
    else this.detach()
  }

  #reason({ why, until_ms }) {
    const sentence = this.#words.say(`barred.${why}`, { until: until_ms && until(this.#words, until_ms) })
    return isBlank(this.#text.value) ? sentence : `${sentence} ${this.#words.say("barred.kept")}`
  }

  #hint({ left, isEditing }) {
    const { slowMode_s } = this.#session.standing
    if (left < 0) return this.#words.say("composer.over", { count: -left })
    if (isEditing) return this.#isTouch.matches ? "" : this.#words.say("composer.edit_keys")
    if (slowMode_s) return this.#words.say("composer.slow", { span: this.#words.span(slowMode_s) })
    return this.#isTouch.matches ? "" : this.#words.say("composer.keys")
  }

  get #charsMax() {
    return this.#session.limits.message_chars_max ?? CHARS_MAX
  }
}

// "0:42", "1:05:00"
function clock(wait_s) {
  const two = (number) => String(number).padStart(2, "0")
  const hours = Math.floor(wait_s / 3_600)
  const minutes = Math.floor(wait_s / 60) % 60
  const start = hours ? `${hours}:${two(minutes)}` : minutes
  return `${start}:${two(wait_s % 60)}`
}
