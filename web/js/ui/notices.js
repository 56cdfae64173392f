// What the server says of itself, one line each.

import { cloned, part, region } from "./dom.js"
import { Region } from "./region.js"

export class Notices extends Region {
  #degraded = new Map() // component → what the server said
  #told = ""

  #version
  #hasSeenVersion = false // and wants to go on with this page

  // `version`: of this page.
  constructor({ words, isOpenOnNetwork, version }) {
    super({ element: region("notices"), words })
    this.isOpenOnNetwork = isOpenOnNetwork
    this.#version = version
  }

  connect() {
    this.#told = ""
    this.on(this.session, "notice", ({ detail }) => this.#heard(detail))
    this.on(this.session, "room", () => {
      this.#degraded.clear()
      this.render()
    })
  }

  render() {
    this.element.replaceChildren()
    if (this.isOpenOnNetwork) {
      this.#add(this.words.say("notice.open_on_network"), () => (this.isOpenOnNetwork = false))
    }
    if (this.#isOfAnotherVersion) {
      const load = { label: this.words.say("notice.load"), act: () => location.reload() }
      this.#add(this.words.say("notice.other_version"), () => (this.#hasSeenVersion = true), load)
    }
    if (this.#told) this.#add(this.#told, () => (this.#told = ""))
    for (const [component, message] of this.#degraded) {
      const key = `degraded.${component}`
      const sentence = this.words.has(key) ? this.words.say(key) : message
      this.#add(sentence, () => this.#degraded.delete(component))
    }
  }

  // One thing that didn't work, until it is dismissed or the next one comes.
  tell(sentence) {
    this.#told = sentence
    this.render()
  }

  get #isOfAnotherVersion() {
    const { version } = this.session
    return Boolean(version) && version !== this.#version && !this.#hasSeenVersion
  }

  #heard({ component, ok, message }) {
    if (ok) this.#degraded.delete(component)
    else this.#degraded.set(component, message)
    this.render()
  }

  #add(sentence, close, action = null) {
    const notice = cloned("notice", this.words)
    part(notice, "text").textContent = sentence
    part(notice, "action").hidden = !action
    part(notice, "action").textContent = action?.label
    part(notice, "action").addEventListener("click", () => action.act())
    part(notice, "close").addEventListener("click", () => {
      close()
      notice.remove()
    })
    this.element.append(notice)
  }
}
