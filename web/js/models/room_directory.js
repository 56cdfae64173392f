// The rooms there are, and how much this person hasn't read in each, on whatever device.

export class RoomDirectory extends EventTarget {
  #rooms = []
  #openSlug = null

  get rooms() {
    return this.#rooms
  }

  named(slug) {
    return this.#rooms.find((room) => room.slug === slug) ?? null
  }

  replace(rooms) {
    this.#rooms = rooms
    this.#changed()
  }

  add(room) {
    if (this.named(room.slug)) return
    this.#rooms = [...this.#rooms, { last_seq: 0, users: 0, connections: 0, unread: 0, ...room }]
    this.#changed()
  }

  // The room on screen is being read, and knows better who is there.
  show(slug, { lastSeq, users }) {
    this.#openSlug = slug
    const room = this.named(slug)
    if (!room || (room.unread === 0 && room.users === users && room.last_seq === lastSeq)) return
    Object.assign(room, { last_seq: lastSeq, users, unread: 0 })
    this.#changed()
  }

  unreadIn({ slug, unread = 0 }) {
    return slug === this.#openSlug ? 0 : unread
  }

  #changed() {
    this.dispatchEvent(new Event("change"))
  }
}
