// Where a day's line leads: to another day.

import { part, region } from "./dom.js"

const WEEK_DAYS = 7

export class DateMenu {
  #element = region("dates")
  #places
  #list

  constructor({ places, list }) {
    this.#places = places
    this.#list = list
    this.#on("beginning", () => new Date(0))
    this.#on("month", () => daysAgo({ months: 1 }))
    this.#on("week", () => daysAgo({ days: WEEK_DAYS }))
    part(this.#element, "newest").addEventListener("click", () => this.#close(() => this.#list.toNewest()))
    part(this.#element, "form").addEventListener("submit", this.#picked)
    this.#element.addEventListener("toggle", ({ newState }) => newState === "open" && this.#opened())
    list.element.addEventListener("click", ({ target }) => this.#standAt(target.closest(".day__jump")))
  }

  #on(name, date) {
    part(this.#element, name).addEventListener("click", () => this.#close(() => this.#places.goToDate(date())))
  }

  #picked = (event) => {
    event.preventDefault()
    const { value } = part(this.#element, "date")
    if (value) this.#close(() => this.#places.goToDate(new Date(`${value}T00:00`)))
  }

  #close(then) {
    this.#element.hidePopover()
    then()
  }

  #opened() {
    const today = new Date()
    const twoDigits = (number) => String(number).padStart(2, "0")
    const field = part(this.#element, "date")
    field.max = `${today.getFullYear()}-${twoDigits(today.getMonth() + 1)}-${twoDigits(today.getDate())}`
    part(this.#element, "beginning").focus()
  }

  // Below its button, or above if there is no room; in sight even if the button has moved away.
  #standAt(button) {
    if (!button) return
    const { left, right, top, bottom } = button.getBoundingClientRect()
    const { offsetWidth: width, offsetHeight: height } = this.#element
    const x = Math.min(Math.max(8, (left + right - width) / 2), innerWidth - width - 8)
    const wanted = bottom + height + 8 > innerHeight ? top - height - 4 : bottom + 4
    const y = Math.min(Math.max(8, wanted), innerHeight - height - 8)
    this.#element.style.translate = `${x}px ${y}px`
    part(this.#element, "date").value = button.dataset.day
  }
}

function daysAgo({ days = 0, months = 0 }) {
  const now = new Date()
  return new Date(now.getFullYear(), now.getMonth() - months, now.getDate() - days)
}
