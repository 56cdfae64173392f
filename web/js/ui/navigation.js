// From room to room without loading the page again.

import { Region } from "./region.js"

const ADDRESS = /^\/rooms\/([^/]+)/u

export class Navigation extends Region {
  #onVisit

  constructor({ words, onVisit }) {
    super({ element: document, words })
    this.#onVisit = onVisit
    document.addEventListener("click", this.#clicked)
    addEventListener("popstate", () => this.#onVisit(this.room))
  }

  connect() {
    this.on(this.session, "room", ({ detail }) => this.#correct(detail.slug))
  }

  go(room) {
    history.pushState(null, "", `/rooms/${encodeURIComponent(room)}`)
    this.#onVisit(room)
  }

  // To an address within this page.
  goTo(path) {
    history.pushState(null, "", path)
    this.#onVisit(this.room)
  }

  // The room's own name, once it is known: "/rooms/1" is "/rooms/general".
  #correct(room) {
    const isRoom = ADDRESS.test(location.pathname)
    if (isRoom && this.room !== room) {
      history.replaceState(null, "", `/rooms/${encodeURIComponent(room)}`)
    }
  }

  // The room that the address names; the page itself is the same for all of them.
  get room() {
    const [, room = "general"] = location.pathname.match(ADDRESS) ?? []
    return decodeURIComponent(room)
  }

  #clicked = (event) => {
    const link = event.target.closest?.("a[data-room-link]")
    const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
    if (!link || !isPlain || event.button !== 0) return
    event.preventDefault()
    this.go(link.dataset.roomLink)
  }
}
