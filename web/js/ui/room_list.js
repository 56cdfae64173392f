// The rooms, which one is open, and which have something new.

import { cloned, part, region } from "./dom.js"
import { Region } from "./region.js"

const COUNT_MAX = 99

export class RoomList extends Region {
  #directory
  #account

  constructor({ words, directory, account, onNew }) {
    super({ element: region("rooms"), words })
    this.#directory = directory
    this.#account = account
    part(this.element, "new").addEventListener("click", onNew)
  }

  connect() {
    this.on(this.#directory, "change", () => this.#listed())
    this.on(this.#account, "change", () => this.#fitToGuest())
    this.on(this.session, "room", () => this.render())
    this.on(this.session.log, "change", () => this.#shown())
  }

  render() {
    const { open, archived } = this.#directory.listed(this.words.locale)
    this.#fill(part(this.element, "list"), open)
    this.#fill(part(this.element, "archived-list"), archived)
    const box = part(this.element, "archived")
    box.hidden = archived.length === 0
    if (archived.some(({ room }) => room.slug === this.session.ref)) box.open = true
    part(this.element, "archived-count").textContent = archived.length
    this.#fitToGuest()
  }

  // A guest has one room: they make no other, and their way home is the server's to say.
  #fitToGuest() {
    const { isGuest } = this.#account
    part(this.element, "new").hidden = isGuest
    if (isGuest) delete part(this.element, "home").dataset.roomLink
  }

  // Rows that stand are changed in place: a focused link stays focused.
  #fill(list, rows) {
    while (list.children.length > rows.length) list.lastElementChild.remove()
    while (list.children.length < rows.length) list.append(cloned("room", this.words))
    rows.forEach((row, index) => this.#write(list.children[index], row))
  }

  #write(row, { room, isTwin }) {
    const isOpen = room.slug === this.session.ref
    const { unread, mentions } = this.#directory.newIn(room)
    const link = part(row, "link")
    link.href = `/rooms/${encodeURIComponent(room.slug)}`
    link.dataset.roomLink = room.slug
    link.title = room.description ?? ""
    link.classList.toggle("has-unseen", unread > 0)
    if (isOpen) link.setAttribute("aria-current", "page")
    else link.removeAttribute("aria-current")
    this.#icon(row, room)
    part(row, "name").textContent = room.name
    part(row, "slug").textContent = isTwin ? room.slug : ""
    this.#badge(part(row, "unseen"), unread, "rooms.unseen", written(unread))
    this.#badge(part(row, "mentions"), mentions, "rooms.mentions", `@${written(mentions)}`)
  }

  // A screen reader hears of a lock, too.
  #icon(row, room) {
    const name = room.archived ? "archive" : room.private ? "lock" : "hash"
    const use = row.querySelector(".room__icon use")
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/u, `#${name}`))
    part(row, "kind").textContent = room.private ? this.words.say("rooms.private") : ""
  }

  // A screen reader hears what the number counts.
  #badge(badge, count, key, text) {
    part(badge, "number").textContent = count ? text : ""
    part(badge, "said").textContent = count ? this.words.say(key, { count }) : ""
  }

  // What was counted on the server may be older than what is on screen.
  #listed() {
    this.#shown()
    this.render()
  }

  #shown() {
    const { log, isOpen } = this.session
    if (isOpen) this.#directory.show({ lastSeq: log.completeTo ?? 0 })
  }
}

function written(count) {
  return count > COUNT_MAX ? `${COUNT_MAX}+` : String(count)
}
