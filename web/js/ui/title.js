// The tab's title and the app's icon: the room, and how much is unread in all of them.

import { Region } from "./region.js"

export class Title extends Region {
  #directory
  #unseen = 0 // in this room, while nobody looked

  constructor({ words, directory }) {
    super({ element: document, words })
    this.#directory = directory
  }

  connect() {
    this.#unseen = 0
    this.on(this.session, "room", () => this.render())
    this.on(this.session, "arrived", ({ detail }) => this.#arrived(detail))
    this.on(document, "visibilitychange", () => this.#looked())
    this.on(this.#directory, "change", () => this.render())
  }

  render() {
    const name = this.session.room?.name ?? this.session.ref
    const count = this.#unseen + this.#elsewhere
    document.title = `${count ? `(${count}) ` : ""}${name} · roomserver`
    this.#badge(count)
  }

  get #elsewhere() {
    const others = this.#directory.rooms.filter(({ slug }) => slug !== this.session.ref)
    return others.reduce((sum, room) => sum + this.#directory.unreadIn(room), 0)
  }

  // Installed, on some systems.
  #badge(count) {
    const done = count ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.()
    done?.catch(() => {})
  }

  #arrived({ user_id }) {
    if (!document.hidden || user_id === this.session.person.userId) return
    this.#unseen += 1
    this.render()
  }

  #looked() {
    if (document.hidden) return
    this.#unseen = 0
    this.render()
  }
}
