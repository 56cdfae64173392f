// Getting about with the keyboard: F6 from region to region, and `?` for a sheet of all
// keys, which is an ordinary letter wherever one is typing.

import { cloned, part, region } from "./dom.js"

// The regions in F6's order, with what takes the focus there: the first that can be seen, else the region.
const PLACES = {
  rooms: [".room-list [aria-current]", ".room-list a[href]"],
  timeline: [],
  composer: ["textarea", "[data-part=barred]"],
  members: [],
}
const REGIONS = Object.keys(PLACES)
const SHEET = ["send", "break", "edit_last", "cancel", "search", "regions", "messages", "act", "latest", "sheet"]

export class Shortcuts {
  #element = region("shortcuts")
  #words

  constructor({ words, toNewest }) {
    this.#words = words
    part(this.#element, "close").addEventListener("click", () => this.#element.close())
    this.#element.addEventListener("click", ({ target }) => target === this.#element && this.#element.close())
    for (const button of document.querySelectorAll("[data-shows-shortcuts]")) {
      button.addEventListener("click", () => this.open())
    }
    region("timeline").addEventListener("keydown", (event) => event.key === "End" && toNewest())
    document.addEventListener("keydown", this.#keyPressed)
    words.addEventListener("change", () => this.#write())
    this.#write()
  }

  open() {
    if (!document.querySelector("dialog[open]")) this.#element.showModal()
  }

  #keyPressed = (event) => {
    if (event.key === "F6") this.#move(event)
    const isOpening = event.key === "?" && !event.ctrlKey && !event.metaKey && !isTyping(event.target)
    if (!isOpening || document.querySelector("dialog[open]")) return
    event.preventDefault()
    this.open()
  }

  // To the next one that can be seen, and round again.
  #move(event) {
    if (document.querySelector("dialog[open]")) return
    event.preventDefault()
    const here = REGIONS.findIndex((name) => region(name).contains(document.activeElement))
    const step = event.shiftKey ? -1 : 1
    for (let count = 1; count <= REGIONS.length; count++) {
      const from = here < 0 && step < 0 ? 0 : here
      const index = (from + step * count + REGIONS.length * count) % REGIONS.length
      const place = placeIn(REGIONS[index])
      if (place) return place.focus()
    }
  }

  #write() {
    const rows = SHEET.map((name) => {
      const row = cloned("shortcut", this.#words)
      const keys = this.#words.say(`shortcuts.${name}.keys`).split(" / ")
      part(row, "keys").replaceChildren(...keys.flatMap((key, index) => (index ? [" ", keyCap(key)] : [keyCap(key)])))
      part(row, "what").textContent = this.#words.say(`shortcuts.${name}`)
      return row
    })
    part(this.#element, "list").replaceChildren(...rows)
  }
}

function placeIn(name) {
  const element = region(name)
  const places = PLACES[name].map((selector) => element.querySelector(selector))
  return [...places, element].find((place) => place && isReachable(place))
}

function isReachable(place) {
  return place.checkVisibility({ visibilityProperty: true }) && !place.closest("[inert]")
}

function keyCap(key) {
  const cap = document.createElement("kbd")
  cap.textContent = key
  return cap
}

function isTyping(target) {
  return target.matches?.("input:not([type=radio]), textarea, select, [contenteditable]")
}
