// Doing what a form asks for: busy meanwhile, and what was wrong beside its field.

import { part } from "../ui/dom.js"

export class Doing {
  #words
  #form
  #problem

  constructor({ words, form }) {
    this.#words = words
    this.#form = form
    this.#problem = part(form, "problem")
  }

  // Resolves to whether `work()` went well.
  async run(work) {
    this.complain("")
    this.#form.ariaBusy = "true"
    try {
      await work()
      return true
    } catch (error) {
      if (!error.code) throw error
      this.complain(this.#words.refusal(error), error.field)
      return false
    } finally {
      this.#form.ariaBusy = "false"
    }
  }

  // Under the field that it is about, or where the form has it; the cursor goes there.
  complain(sentence, name) {
    const wrong = name ? this.#form.querySelector(`[name="${name}"]`) : null
    for (const field of this.#form.querySelectorAll("[name]")) field.ariaInvalid = String(field === wrong)
    if (wrong) {
      this.#problem.id ||= `problem-${name}`
      wrong.setAttribute("aria-errormessage", this.#problem.id)
      wrong.closest(".field").after(this.#problem)
    }
    this.#problem.textContent = sentence
    this.#problem.hidden = !sentence
    wrong?.focus()
  }
}
