// The bell: what to be told of in this room while one looks elsewhere. The browser is
// asked for leave when somebody chooses something here, never before.

import { part, region } from "./dom.js"
import { Region } from "./region.js"

const CHARS_MAX = 300

export class Bell extends Region {
  #levels
  #open

  // `open(path)`: somebody pressed a notification.
  constructor({ words, levels, open }) {
    super({ element: region("bell"), words })
    this.#levels = levels
    this.#open = open
    part(this.element, "levels").addEventListener("change", this.#chosen)
    levels.addEventListener("change", () => this.session && this.render())
    navigator.serviceWorker?.addEventListener("message", ({ data }) => data.open && open(data.open))
  }

  connect() {
    this.on(this.session, "arrived", ({ detail }) => this.#arrived(detail))
    this.on(this.session, "room", () => this.render())
  }

  render() {
    const level = this.#levels.of(this.session.ref)
    const button = part(this.element, "button")
    const isBlocked = this.#leave === "denied"
    const name = this.words.say("notify.button", { level: this.words.say(`notify.${level}`) })
    button.setAttribute("aria-label", name)
    button.title = name
    button.hidden = this.#leave === null
    part(this.element, "on").toggleAttribute("hidden", level === "none" || isBlocked)
    part(this.element, "off").toggleAttribute("hidden", level !== "none" && !isBlocked)
    part(this.element, "blocked").hidden = !isBlocked
    for (const radio of part(this.element, "levels").querySelectorAll("input")) radio.checked = radio.value === level
  }

  // "granted", "denied", "default": not asked yet; null where there is nothing to ask.
  get #leave() {
    return "Notification" in window ? Notification.permission : null
  }

  #chosen = async ({ target }) => {
    const { ref } = this.session
    this.#levels.set(ref, target.value)
    if (target.value !== "none" && this.#leave === "default") await Notification.requestPermission()
    if (this.session) this.render()
  }

  #arrived(message) {
    const { ref: room, person } = this.session
    const isLooking = !document.hidden && document.hasFocus()
    if (isLooking || this.#leave !== "granted" || !this.#levels.wants(message, { room, person })) return
    this.#show(message)
  }

  // One for each message, however many tabs hear of it.
  async #show({ id, username, content }) {
    const { room, ref } = this.session
    const path = `/rooms/${encodeURIComponent(ref)}`
    const body = this.words.say("announce.message", { username, content: String(content).slice(0, CHARS_MAX) })
    const options = { body, tag: `${ref}/${id}`, data: { path }, icon: document.querySelector("link[rel=apple-touch-icon]").href }
    const title = room?.name ?? ref
    const worker = await navigator.serviceWorker?.getRegistration()
    if (worker?.active) return worker.showNotification(title, options)
    const shown = new Notification(title, options)
    shown.onclick = () => {
      window.focus()
      this.#open(path)
      shown.close()
    }
  }
}
