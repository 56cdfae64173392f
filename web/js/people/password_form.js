// Changing one's password; every other browser is signed out by it.

import { part } from "../ui/dom.js"
import { Doing } from "./doing.js"

export class PasswordForm {
  #form
  #words
  #desk
  #doing

  constructor({ element, words, desk }) {
    this.#form = part(element, "password-form")
    this.#words = words
    this.#desk = desk
    this.#doing = new Doing({ words, form: this.#form })
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault()
      this.#change()
    })
    this.#form.addEventListener("input", () => (part(this.#form, "saved").hidden = true))
  }

  // For password managers, which keep the two together.
  render() {
    this.#form.elements.username.value = this.#desk.me?.username ?? ""
  }

  async #change() {
    const { old_password: old, new_password: fresh } = this.#form.elements
    const missing = [old, fresh].find(({ value }) => value === "")
    if (missing) return this.#doing.complain(this.#words.say("account.password.missing"), missing.name)
    const isDone = await this.#doing.run(() => this.#ask(old.value, fresh.value))
    if (!isDone) return
    this.#form.reset()
    this.render()
    part(this.#form, "saved").hidden = false
  }

  // The server says "password" for the new one, as it does on signing up.
  async #ask(oldPassword, newPassword) {
    try {
      await this.#desk.changePassword({ oldPassword, newPassword })
    } catch (error) {
      if (error.code === "unauthorized") error.code = "wrong_password"
      if (error.field === "password") Object.assign(error, { code: "weak_password", field: "new_password" })
      throw error
    }
  }
}
