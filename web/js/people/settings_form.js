// How a room is used: who sees it, who writes, how often, how many.

import { part } from "../ui/dom.js"
import { Doing } from "./doing.js"
import { span } from "./moments.js"
import { offer } from "./options.js"

const PACES_S = [0, 5, 10, 30, 60, 300, 900, 3_600]

export class SettingsForm {
  #form
  #words
  #desk
  #tell
  #doing

  constructor({ element, words, desk, tell }) {
    this.#form = part(element, "settings-form")
    this.#words = words
    this.#desk = desk
    this.#tell = tell
    this.#doing = new Doing({ words, form: this.#form })
    this.#form.onsubmit = (event) => {
      event.preventDefault()
      this.#save()
    }
    this.#doing.complain("")
    part(this.#form, "saved").hidden = true
  }

  render() {
    const { private: isPrivate, announce_only, slow_mode_s, people_max } = this.#desk.settings
    const { elements } = this.#form
    for (const element of this.#form.querySelectorAll("[data-may]")) {
      element.hidden = !this.#desk.may(element.dataset.may)
    }
    elements.private.value = isPrivate ? "yes" : "no"
    elements.announce_only.checked = announce_only
    elements.people_max.value = people_max || ""
    const paces_s = PACES_S.includes(slow_mode_s) ? PACES_S : [...PACES_S, slow_mode_s].sort((a, b) => a - b)
    const off = this.#words.say("manage.slow_mode.off")
    offer(elements.slow_mode_s, paces_s.map((each_s) => [each_s, each_s ? span(this.#words, each_s) : off]), slow_mode_s)
  }

  async #save() {
    const { elements } = this.#form
    const wanted = {
      private: elements.private.value === "yes",
      announce_only: elements.announce_only.checked,
      slow_mode_s: Number(elements.slow_mode_s.value),
      people_max: Number(elements.people_max.value || 0),
    }
    const changed = Object.entries(wanted).filter(([name, value]) => value !== this.#desk.settings[name])
    if (!Number.isSafeInteger(wanted.people_max) || wanted.people_max < 0 || elements.people_max.validity.badInput) {
      return this.#doing.complain(this.#words.say("manage.people_max.wrong"), "people_max")
    }
    const isSaved = await this.#doing.run(() => this.#desk.change(Object.fromEntries(changed)))
    if (!isSaved) return
    this.#tell(this.#words.say("manage.saved"))
    part(this.#form, "saved").hidden = false
    this.#form.oninput = () => (part(this.#form, "saved").hidden = true)
  }
}
