// The tab's title and the app's icon: the room, and how much is unread in all of them.

import { Region } from "./region.js"

export class Title extends Region {
  #directory
  #unseen = [] // numbers of messages in this room, that came while nobody looked
  #icon = document.querySelector("link[rel=icon]")

  constructor({ words, directory }) {
    super({ element: document, words })
    this.#directory = directory
  }

  connect() {
    this.#unseen = []
    this.on(this.session, "room", () => this.render())
    this.on(this.session, "arrived", ({ detail }) => this.#arrived(detail))
    this.on(document, "visibilitychange", () => this.#looked())
    this.on(this.#directory, "change", () => this.render())
    this.on(this.session.reading.others, "change", () => this.render()) // read on another device
  }

  render() {
    const name = this.session.room?.name ?? this.session.ref
    const { toldSeq } = this.session.reading.signal
    this.#unseen = this.#unseen.filter((seq) => seq > toldSeq)
    const count = this.#unseen.length + this.#directory.newElsewhere.unread
    document.title = `${count ? `(${count}) ` : ""}${name} · roomserver`
    this.#badge(count)
  }

  // On the tab, and on the app's icon where it is installed, on some systems.
  #badge(count) {
    const { plain, news } = this.#icon.dataset
    if (this.#icon.getAttribute("href") !== (count ? news : plain)) this.#icon.href = count ? news : plain
    const done = count ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.()
    done?.catch(() => {})
  }

  #arrived({ user_id, seq }) {
    if (!document.hidden || user_id === this.session.person.userId) return
    this.#unseen.push(seq)
    this.render()
  }

  #looked() {
    if (document.hidden) return
    this.#unseen = []
    this.render()
  }
}
