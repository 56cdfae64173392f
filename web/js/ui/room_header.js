// Where one is, who is here, and the ways to the sides.

import { part, region } from "./dom.js"
import { Region } from "./region.js"

export class RoomHeader extends Region {
  #directory

  constructor({ words, directory, onConnect, onAbout }) {
    super({ element: region("header"), words })
    this.#directory = directory
    part(this.element, "connect").addEventListener("click", onConnect)
    part(this.element, "about").addEventListener("click", onAbout)
  }

  connect() {
    this.on(this.session, "room", () => this.render())
    this.on(this.session.members, "change", () => this.render())
    this.on(this.#directory, "change", () => this.render())
  }

  render() {
    const { session } = this
    const { count } = session.members
    const known = session.room ?? this.#directory.named(session.ref)
    part(this.element, "name").textContent = known?.name ?? session.ref
    part(this.element, "description").textContent = known?.description ?? ""
    part(this.element, "private").hidden = !(known?.private ?? this.#directory.named(session.ref)?.private)
    part(this.element, "count").textContent = count || ""
    const members = this.element.querySelector("[data-opens=members]")
    members.setAttribute("aria-label", this.words.say("members.count", { count }))
    const { unread, mentions } = this.#directory.newElsewhere
    const dot = part(this.element, "dot")
    dot.hidden = unread === 0
    dot.classList.toggle("is-mention", mentions > 0)
    const rooms = this.element.querySelector("[data-opens=rooms]")
    rooms.setAttribute("aria-label", this.words.say(unread ? "rooms.open_news" : "rooms.title", { count: unread }))
  }
}
