// The bell: what to be told of in this room while one looks elsewhere. The browser is
// asked for leave when somebody chooses something here, never before.

import { part, region } from "./dom.js"
import { Region } from "./region.js"

const CHARS_MAX = 300

export class Bell extends Region {
  #levels
  #directory
  #askLatest
  #open

  // `askLatest(room)` resolves to the last messages there; `open(path)`: somebody pressed a
  // notification.
  constructor({ words, levels, directory, askLatest, open }) {
    super({ element: region("bell"), words })
    this.#levels = levels
    this.#directory = directory
    this.#askLatest = askLatest
    this.#open = open
    part(this.element, "levels").addEventListener("change", this.#chosen)
    levels.addEventListener("change", () => this.session && this.render())
    navigator.serviceWorker?.addEventListener("message", ({ data }) => data.open && open(data.open))
  }

  connect() {
    this.on(this.session, "arrived", ({ detail }) => this.#arrived(detail))
    this.on(this.session, "room", () => this.render())
    this.on(this.#directory, "news", ({ detail }) => this.#heard(detail))
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

  get #isWelcome() {
    const isLooking = !document.hidden && document.hasFocus()
    return !isLooking && this.#leave === "granted"
  }

  #arrived(message) {
    const { ref, room, person } = this.session
    if (!this.#isWelcome || !this.#levels.wants(message, { room: ref, person })) return
    this.#show(message, { slug: ref, name: room?.name ?? ref })
  }

  // Something was said in another room: the last of it that I want to be told of.
  async #heard({ room, afterSeq }) {
    const { person } = this.session
    if (!this.#isWelcome || this.#levels.of(room.slug) === "none") return
    const messages = await this.#askLatest(room.slug).catch(() => [])
    const isWanted = (each) => each.seq > afterSeq && this.#levels.wants(each, { room: room.slug, person })
    const message = messages.findLast(isWanted)
    if (message) this.#show(message, room)
  }

  // One for each message, however many tabs hear of it.
  async #show({ id, username, content }, { slug: ref, name: title }) {
    const path = `/rooms/${encodeURIComponent(ref)}`
    const body = this.words.say("announce.message", { username, content: String(content).slice(0, CHARS_MAX) })
    const options = { body, tag: `${ref}/${id}`, data: { path }, icon: document.querySelector("link[rel=apple-touch-icon]").href }
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
