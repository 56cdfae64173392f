// The rooms, which one is open, and which have something new.

import { cloned, part, region } from "./dom.js"
import { Region } from "./region.js"

const COUNT_MAX = 99

export class RoomList extends Region {
  #directory

  constructor({ words, directory, onNew }) {
    super({ element: region("rooms"), words })
    this.#directory = directory
    part(this.element, "new").addEventListener("click", onNew)
  }

  connect() {
    this.on(this.#directory, "change", () => this.#listed())
    this.on(this.session, "room", () => this.render())
    this.on(this.session.log, "change", () => this.#shown())
    this.on(this.session.members, "change", () => this.#shown())
  }

  // Rows that stand are changed in place: a focused link stays focused.
  render() {
    const list = part(this.element, "list")
    const rooms = this.#directory.rooms
    while (list.children.length > rooms.length) list.lastElementChild.remove()
    while (list.children.length < rooms.length) list.append(cloned("room", this.words))
    rooms.forEach((room, index) => this.#write(list.children[index], room))
  }

  #write(row, room) {
    const isOpen = room.slug === this.session.ref
    const unseen = isOpen ? 0 : this.#directory.unreadIn(room)
    const link = part(row, "link")
    link.href = `/rooms/${encodeURIComponent(room.slug)}`
    link.dataset.roomLink = room.slug
    link.classList.toggle("has-unseen", unseen > 0)
    if (isOpen) link.setAttribute("aria-current", "page")
    else link.removeAttribute("aria-current")
    part(row, "name").textContent = room.name
    part(row, "unseen").textContent = unseen > COUNT_MAX ? `${COUNT_MAX}+` : unseen || ""
    part(row, "unseen").setAttribute("aria-label", this.words.say("rooms.unseen", { count: unseen }))
    part(row, "users").textContent = unseen ? "" : room.users || ""
    part(row, "users").title = this.words.say("members.count", { count: room.users })
  }

  // What was counted on the server may be older than what is on screen.
  #listed() {
    this.#shown()
    this.render()
  }

  #shown() {
    const { log, members, ref, isOpen } = this.session
    if (isOpen) this.#directory.show(ref, { lastSeq: log.completeTo ?? 0, users: members.count })
  }
}
