// The rooms there are, and which have something this browser has not shown yet.

const SEEN = "roomserver.seen"

export class RoomDirectory extends EventTarget {
  #shelf
  #rooms = []
  #seen // slug → the last seq that was shown

  constructor(shelf) {
    super()
    this.#shelf = shelf
    this.#seen = shelf.get(SEEN, {})
  }

  get rooms() {
    return this.#rooms
  }

  named(slug) {
    return this.#rooms.find((room) => room.slug === slug) ?? null
  }

  // A room met for the first time has nothing new: its past is not news.
  unseenIn(room) {
    return Math.max(0, room.last_seq - (this.#seen[room.slug] ?? room.last_seq))
  }

  replace(rooms) {
    this.#rooms = rooms
    for (const { slug, last_seq } of rooms) {
      // A smaller number than seen: the log was restored from a backup.
      this.#seen[slug] = Math.min(this.#seen[slug] ?? last_seq, last_seq)
    }
    this.#shelf.put(SEEN, this.#seen)
    this.#changed()
  }

  add(room) {
    if (this.named(room.slug)) return
    this.#rooms = [...this.#rooms, { last_seq: 0, users: 0, connections: 0, ...room }]
    this.#changed()
  }

  // The room on screen is seen as far as it goes, and knows better who is there.
  show(slug, { lastSeq, users }) {
    const room = this.named(slug)
    if (this.#seen[slug] === lastSeq && room?.users === users) return
    this.#seen[slug] = lastSeq
    this.#shelf.put(SEEN, this.#seen)
    if (!room) return
    Object.assign(room, { last_seq: lastSeq, users })
    this.#changed()
  }

  #changed() {
    this.dispatchEvent(new Event("change"))
  }
}
