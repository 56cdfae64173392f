// The tab's title: the room, and how many messages nobody has looked at.

import { Region } from "./region.js"

export class Title extends Region {
  #unseen = 0

  constructor({ words }) {
    super({ element: document, words })
  }

  connect() {
    this.#unseen = 0
    this.on(this.session, "room", () => this.render())
    this.on(this.session, "arrived", ({ detail }) => this.#arrived(detail))
    this.on(document, "visibilitychange", () => this.#looked())
  }

  render() {
    const name = this.session.room?.name ?? this.session.ref
    const count = this.#unseen ? `(${this.#unseen}) ` : ""
    document.title = `${count}${name} · roomserver`
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
