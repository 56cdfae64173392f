// What happened to the connection, and to my messages. Silent in the first seconds.

import { part, region } from "./dom.js"
import { Region } from "./region.js"

const SILENT_MS = 3_000
const TICK_MS = 500
const RESTARTING = 1012
const TOO_MANY = 4429

export class ConnectionBar extends Region {
  #go
  #rename
  #announce
  #silence = null
  #tick = null
  #wasShown = false

  constructor({ words, go, rename, announce }) {
    super({ element: region("connection"), words })
    this.#go = go
    this.#rename = rename
    this.#announce = announce
    part(this.element, "action").addEventListener("click", () => this.#way.act())
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
    part(this.element, "action").textContent = this.words.say(this.#way.label)
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
    const { name, why, code } = this.session.state
    const values = { name: this.session.room?.name ?? this.session.ref }
    if (name === "stopped") return this.words.say(`stopped.${why}`, values)
    if (!navigator.onLine) return this.words.say("connection.offline")
    if (code === RESTARTING) return this.words.say("connection.restarting")
    if (code === TOO_MANY) return this.words.say("connection.too_many")
    return this.words.say("connection.lost")
  }

  // The button, and where it leads.
  get #way() {
    const { name, why, refusal } = this.session.state
    if (name !== "stopped") return { label: "connection.now", act: () => this.session.retryNow() }
    if (refusal?.field === "username") return { label: "me.rename", act: () => this.#rename() }
    const isElsewhere = why === "room_not_found" || why === "forbidden"
    if (isElsewhere) return { label: "stopped.general", act: () => this.#go("general") }
    return { label: "stopped.again", act: () => this.session.retryNow() }
  }
}
