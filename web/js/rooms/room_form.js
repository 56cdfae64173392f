// The fields of a room in a dialog, and what is wrong with each beside it.

import { part } from "../ui/dom.js"
import { fieldOf, problemsWith } from "./wish.js"

const FIELDS = ["name", "description"]

export class RoomForm {
  #element
  #words

  constructor({ element, words }) {
    this.#element = element
    this.#words = words
    for (const name of FIELDS) part(element, name).addEventListener("input", () => this.#complain(name, ""))
    part(element, "description").addEventListener("keydown", this.#keyPressed)
  }

  get wish() {
    return {
      name: part(this.#element, "name").value,
      description: part(this.#element, "description").value,
    }
  }

  fill({ name = "", description = "" }) {
    part(this.#element, "name").value = name
    part(this.#element, "description").value = description
    for (const each of [...FIELDS, null]) this.#complain(each, "")
  }

  // Does it, and resolves to whether that went well; else what was wrong stands in its place.
  async submit(work) {
    const problems = problemsWith(this.wish)
    for (const name of [...FIELDS, null]) this.#complain(name, problems[name] ? this.#words.say(problems[name]) : "")
    const wrong = FIELDS.find((name) => problems[name])
    if (wrong) part(this.#element, wrong).focus()
    if (wrong || this.#element.ariaBusy === "true") return false
    this.#element.ariaBusy = "true"
    try {
      await work()
      return true
    } catch (refusal) {
      if (!refusal.code) throw refusal
      const name = fieldOf(refusal)
      this.#complain(name, this.#sentence(refusal))
      if (name) part(this.#element, name).focus()
      return false
    } finally {
      this.#element.ariaBusy = "false"
    }
  }

  #sentence(refusal) {
    return refusal.code === "forbidden" ? this.#words.say("room_form.forbidden") : this.#words.refusal(refusal)
  }

  #complain(name, sentence) {
    part(this.#element, name ? `${name}-problem` : "problem").textContent = sentence
    if (name) part(this.#element, name).ariaInvalid = String(sentence !== "")
  }

  // A description is one line that may be long.
  #keyPressed = (event) => {
    if (event.key !== "Enter" || event.isComposing) return
    event.preventDefault()
    this.#element.requestSubmit()
  }
}
