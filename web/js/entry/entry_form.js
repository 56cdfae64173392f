// The form: what it says when it is wrong, and where the cursor goes then.

import { part } from "../ui/dom.js"

export class EntryForm {
  #words
  #entry
  #form
  #problem
  #kind

  constructor({ words, entry, form, kind }) {
    this.#words = words
    this.#entry = entry
    this.#form = form
    this.#problem = part(form, "problem")
    this.#kind = kind
    form.addEventListener("submit", (event) => {
      event.preventDefault()
      this.#submit()
    })
  }

  get #inputs() {
    return [...this.#form.querySelectorAll("input")]
  }

  async #submit() {
    const missing = this.#inputs.find((input) => input.value.trim() === "")
    if (missing) return this.#complain({ code: "missing", field: missing.name })
    this.#isBusy(true)
    const values = Object.fromEntries(this.#inputs.map((input) => [input.name, input.value]))
    const refusal = await this.#entry.submit(values)
    this.#isBusy(false)
    if (refusal) this.#complain(refusal)
  }

  #isBusy(isBusy) {
    part(this.#form, "submit").disabled = isBusy
    this.#form.ariaBusy = String(isBusy)
  }

  // It stands under the field that it is about.
  #complain({ code, field, retry_after_ms: retryAfter_ms = 0 }) {
    const seconds = Math.ceil(retryAfter_ms / 1_000)
    const key = [`entry.refused.${code}.${field ?? this.#kind}`, `entry.refused.${code}`].find((each) => this.#words.has(each))
    const wrong = this.#inputs.find(({ name }) => name === field) ?? this.#inputs.at(-1)
    for (const input of this.#inputs) input.ariaInvalid = String(input.name === field)
    wrong.closest(".field").after(this.#problem)
    this.#problem.textContent = this.#words.say(key ?? "entry.refused.unreachable", { count: seconds })
    wrong.focus()
    wrong.select()
  }
}
