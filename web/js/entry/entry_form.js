// The form: what it says when it is wrong, and where the cursor goes then.

import { part, region, sayAll } from "../ui/dom.js"

export class EntryForm {
  #words
  #entry
  #form = part(region("entry"), "form")

  constructor({ words, entry }) {
    this.#words = words
    this.#entry = entry
    sayAll(document.body, words)
    document.title = `${this.#form.querySelector("h1").textContent} · roomserver`
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault()
      this.#submit()
    })
  }

  show({ sign_up: signUp }) {
    const other = part(this.#form, "other")
    if (other) other.hidden = other.hidden && signUp !== "open"
  }

  async #submit() {
    const { username, password } = this.#form.elements
    const missing = [username, password].find((field) => field.value.trim() === "")
    if (missing) return this.#complain({ code: "missing", field: missing.name })
    this.#isBusy(true)
    const refusal = await this.#entry.submit({ username: username.value, password: password.value })
    this.#isBusy(false)
    if (refusal) this.#complain(refusal)
  }

  #isBusy(isBusy) {
    part(this.#form, "submit").disabled = isBusy
    this.#form.ariaBusy = String(isBusy)
  }

  #complain({ code, field, retry_after_ms: retryAfter_ms = 0 }) {
    const seconds = Math.ceil(retryAfter_ms / 1_000)
    const key = [`entry.refused.${code}.${field}`, `entry.refused.${code}`].find((each) => this.#words.has(each))
    part(this.#form, "problem").textContent = this.#words.say(key ?? "entry.refused.unreachable", { count: seconds })
    for (const input of this.#form.querySelectorAll("input")) {
      input.toggleAttribute("aria-invalid", input.name === field)
    }
    const wrong = this.#form.elements[field] ?? this.#form.elements.password
    wrong.focus()
    wrong.select()
  }
}
