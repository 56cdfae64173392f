// From room to room without loading the page again.

import { permalink, placeOf } from "../helpers/addresses.js"
import { Region } from "./region.js"

export class Navigation extends Region {
  #onVisit

  constructor({ words, onVisit }) {
    super({ element: document, words })
    this.#onVisit = onVisit
    document.addEventListener("click", this.#clicked)
    addEventListener("popstate", () => this.#visit())
  }

  connect() {
    this.on(this.session, "room", ({ detail }) => this.#correct(detail.slug))
  }

  go(room) {
    this.goTo(`/rooms/${encodeURIComponent(room)}`)
  }

  // To an address within this page.
  goTo(path) {
    if (path !== location.pathname) history.pushState(null, "", path)
    this.#visit()
  }

  // The room that the address names; the page itself is the same for all of them.
  get room() {
    return placeOf(location.pathname).room
  }

  get message() {
    return placeOf(location.pathname).message
  }

  #visit() {
    this.#onVisit(this.room, this.message)
  }

  // The room's own name, once it is known: "/rooms/1" is "/rooms/general".
  #correct(slug) {
    const { room, message } = placeOf(location.pathname)
    if (location.pathname === "/" || room === slug) return
    history.replaceState(null, "", message ? permalink(slug, message) : `/rooms/${encodeURIComponent(slug)}`)
  }

  #clicked = (event) => {
    const link = event.target.closest?.("a[data-room-link], a[data-place-link]")
    const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
    if (!link?.href || !isPlain || event.button !== 0) return
    event.preventDefault()
    if (link.dataset.roomLink) this.go(link.dataset.roomLink)
    else this.goTo(new URL(link.href).pathname)
  }
}
