// On a narrow screen the sides slide over the conversation, one at a time.

import { part, region } from "./dom.js"

export class Sheets {
  #shell = region("shell")
  #narrow = matchMedia("(width < 60rem)")
  #opener = null

  constructor() {
    for (const opener of document.querySelectorAll("[data-opens]")) {
      opener.addEventListener("click", () => this.#open(opener))
    }
    for (const closer of document.querySelectorAll("[data-closes]")) {
      closer.addEventListener("click", () => this.close())
    }
    part(this.#shell, "backdrop").addEventListener("click", () => this.close())
    this.#shell.addEventListener("keydown", ({ key }) => key === "Escape" && this.close())
    this.#narrow.addEventListener("change", () => this.close())
    this.#settle()
  }

  close() {
    if (!this.#shell.dataset.sheet) return
    delete this.#shell.dataset.sheet
    this.#settle()
    this.#opener?.focus()
  }

  #open(opener) {
    this.#opener = opener
    this.#shell.dataset.sheet = opener.dataset.opens
    this.#settle()
    document.getElementById(opener.dataset.opens).querySelector("[data-closes]").focus()
  }

  // What can't be seen can't be reached either.
  #settle() {
    const open = this.#shell.dataset.sheet
    part(this.#shell, "backdrop").hidden = !open
    this.#shell.querySelector("main").inert = Boolean(open)
    for (const side of this.#shell.querySelectorAll(".side")) {
      side.inert = this.#narrow.matches && side.id !== open
    }
    for (const opener of document.querySelectorAll("[data-opens]")) {
      opener.setAttribute("aria-expanded", opener.dataset.opens === open)
    }
  }
}
