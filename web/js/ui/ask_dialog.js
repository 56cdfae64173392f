// Asks for one thing, such as a name to be known by.

import { part, region } from "./dom.js"

export class AskDialog {
  #element = region("ask")
  #words
  #answer = null // what waits for the answer
  #question = null

  constructor({ words }) {
    this.#words = words
    part(this.#element, "form").addEventListener("submit", this.#submitted)
    part(this.#element, "cancel").addEventListener("click", () => this.#end(null))
    part(this.#element, "input").addEventListener("input", () => this.#complain(""))
    this.#element.addEventListener("cancel", this.#cancelled)
    this.#element.addEventListener("close", this.#closed)
    words.addEventListener("change", () => this.#question && this.#write())
  }

  // `about`: the prefix of its sentences. `accept(text)` answers with a sentence
  // that says what is wrong, or nothing. Resolves to the text, or null.
  ask({ about, values = {}, value = "", mayCancel = true, problem = "", accept }) {
    this.#question = { about, values, mayCancel, accept }
    this.#write()
    part(this.#element, "input").value = value
    this.#complain(problem)
    if (!this.#element.open) this.#element.showModal()
    part(this.#element, "input").focus()
    return new Promise((resolve) => (this.#answer = resolve))
  }

  #write() {
    const { about, values, mayCancel } = this.#question
    for (const name of ["title", "lead", "label", "submit"]) {
      part(this.#element, name).textContent = this.#words.say(`${about}.${name}`, values)
    }
    part(this.#element, "cancel").hidden = !mayCancel
  }

  #submitted = async (event) => {
    event.preventDefault()
    const text = part(this.#element, "input").value.trim()
    const problem = await this.#question.accept(text)
    if (problem) this.#complain(problem)
    else this.#end(text)
  }

  #cancelled = (event) => {
    event.preventDefault()
    if (this.#question.mayCancel) this.#end(null)
  }

  // A browser closes it at a second Escape whatever the page says.
  #closed = () => {
    if (!this.#question || this.#element.open) return
    if (this.#question.mayCancel) return this.#end(null)
    this.#element.showModal()
    part(this.#element, "input").focus()
  }

  #end(answer) {
    this.#question = null
    this.#element.close()
    this.#answer?.(answer)
  }

  #complain(problem) {
    part(this.#element, "problem").textContent = problem
    part(this.#element, "input").ariaInvalid = String(problem !== "")
  }
}
