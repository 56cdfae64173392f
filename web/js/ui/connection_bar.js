// What happened to the connection, and to my messages. Silent in the first seconds.

import { sentenceOf, wayOn } from "../models/disconnection.js"
import { part, region } from "./dom.js"
import { Region } from "./region.js"
import { until } from "./until.js"

const SILENT_MS = 3_000
const TICK_MS = 500

export class ConnectionBar extends Region {
  #go
  #rename
  #signIn
  #mode
  #announce
  #silence = null
  #tick = null
  #wasShown = false

  // `mode`: how people are known here.
  constructor({ words, mode, go, rename, signIn, announce }) {
    super({ element: region("connection"), words })
    this.#go = go
    this.#rename = rename
    this.#signIn = signIn
    this.#mode = mode
    this.#announce = announce
    part(this.element, "action").addEventListener("click", () => this.#act())
  }

  connect() {
    this.on(this.session, "state", () => this.#changed())
    this.#changed()
  }

  disconnect() {
    this.#hide()
  }

  render() {
    const isShown = this.#wasShown || this.session.state.name === "stopped"
    this.element.hidden = !isShown
    if (!isShown) return
    const text = part(this.element, "text")
    const sentence = this.#sentence
    if (text.textContent !== sentence) text.textContent = sentence
    part(this.element, "action").textContent = this.words.say(`way.${this.#way}`)
    this.element.classList.toggle("is-final", this.session.state.name === "stopped")
    this.#count()
  }

  #changed() {
    const { name, refusal } = this.session.state
    if (name === "open" || name === "idle") return this.#hide(name)
    if (name === "stopped" && refusal?.field === "username") this.#rename(refusal.message)
    this.#silence ??= setTimeout(() => this.#show(), SILENT_MS)
    this.render()
  }

  #show() {
    this.#wasShown = true
    this.#tick = setInterval(() => this.#count(), TICK_MS)
    this.render()
  }

  #hide(name) {
    if (name === "open" && this.#wasShown) this.#announce(this.words.say("connection.back"))
    clearTimeout(this.#silence)
    clearInterval(this.#tick)
    this.#silence = this.#tick = null
    this.#wasShown = false
    this.element.hidden = true
    part(this.element, "text").textContent = ""
  }

  #count() {
    const { name, retryAt_ms } = this.session.state
    const count = Math.max(0, Math.ceil((retryAt_ms - Date.now()) / 1_000))
    const key = name === "waiting" && count > 0 ? "connection.countdown" : "connection.trying"
    const countdown = part(this.element, "countdown")
    countdown.textContent = name === "stopped" ? "" : this.words.say(key, { count })
  }

  get #sentence() {
    const { state, room, ref } = this.session
    const banned = state.refusal?.until // those who were in the room are not told
    return this.words.say(sentenceOf(state, { isOnline: navigator.onLine, mode: this.#mode }), {
      name: room?.name ?? ref,
      until: banned ? until(this.words, Date.parse(banned)) : this.words.say("until.unknown"),
    })
  }

  get #way() {
    return wayOn(this.session.state, { ref: this.session.ref, mode: this.#mode })
  }

  #act() {
    const ways = { rename: () => this.#rename(), sign_in: () => this.#signIn(), general: () => this.#go("general") }
    const way = ways[this.#way] ?? (() => this.session.retryNow())
    way()
  }
}
