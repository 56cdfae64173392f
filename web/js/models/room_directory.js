// The rooms there are, and how much this person hasn't read in each, on whatever device.
//
// Tells "change", and "news" with {room, afterSeq} when something was said in a room that
// isn't on screen.

const NOTHING = { last_seq: 0, unread: 0, mentions: 0 }

export class RoomDirectory extends EventTarget {
  #rooms = []
  #openSlug = null

  get rooms() {
    return this.#rooms
  }

  // By name as the reader's language sorts names, and those that can only be read apart.
  // A name that several rooms have tells none of them: those say their address as well.
  listed(locale) {
    const { compare } = new Intl.Collator(locale, { sensitivity: "base", numeric: true })
    const sorted = this.#rooms.toSorted((a, b) => compare(a.name, b.name) || compare(a.slug, b.slug))
    const isTwin = (room, index) => [sorted[index - 1], sorted[index + 1]].some((each) => each && compare(each.name, room.name) === 0)
    const rows = sorted.map((room, index) => ({ room, isTwin: isTwin(room, index) }))
    return { open: rows.filter(({ room }) => !room.archived), archived: rows.filter(({ room }) => room.archived) }
  }

  named(slug) {
    return this.#rooms.find((room) => room.slug === slug) ?? null
  }

  // The rooms that aren't archived and have this name, whatever its case and accents.
  called(name, locale) {
    const { compare } = new Intl.Collator(locale, { sensitivity: "base" })
    return this.#rooms.filter((room) => !room.archived && compare(room.name.trim(), name.trim()) === 0)
  }

  replace(rooms) {
    this.#rooms = rooms
    this.#changed()
  }

  add(room) {
    if (this.#withId(room.id)) return
    this.#rooms = [...this.#rooms, { ...NOTHING, ...room }]
    this.#changed()
  }

  // One that was made, renamed, archived, … elsewhere.
  update({ room_id: id, ...facts }) {
    const known = this.#withId(id)
    if (!known) return this.add({ id, ...facts })
    Object.assign(known, facts)
    this.#changed()
  }

  // Counts of rooms that aren't on screen. False if one of them is unknown here.
  hear(counts) {
    const found = counts.map((count) => [this.#withId(count.room_id), count])
    for (const [room, { last_seq, unread, mentions }] of found) {
      if (!room) continue
      const before = { unread: 0, ...room }
      Object.assign(room, { last_seq, unread, mentions })
      if (unread > before.unread && room.slug !== this.#openSlug) this.#news(room, before.last_seq)
    }
    this.#changed()
    return found.every(([room]) => room)
  }

  // The room that is on screen from now on.
  enter(slug) {
    if (this.#openSlug === slug) return
    this.#openSlug = slug
    this.#changed()
  }

  // The room on screen is being read. How far it goes is nothing that anybody would see.
  show({ lastSeq }) {
    const room = this.named(this.#openSlug)
    if (!room) return
    const isNews = room.unread > 0 || room.mentions > 0
    Object.assign(room, { last_seq: lastSeq, unread: 0, mentions: 0 })
    if (isNews) this.#changed()
  }

  // {unread, mentions}
  newIn({ slug, unread = 0, mentions = 0 }) {
    return slug === this.#openSlug ? { unread: 0, mentions: 0 } : { unread, mentions }
  }

  // In all rooms but the one on screen.
  get newElsewhere() {
    const all = this.#rooms.map((room) => this.newIn(room))
    const sum = (name) => all.reduce((so_far, each) => so_far + each[name], 0)
    return { unread: sum("unread"), mentions: sum("mentions") }
  }

  #withId(id) {
    return this.#rooms.find((room) => room.id === id) ?? null
  }

  #news(room, afterSeq) {
    this.dispatchEvent(new CustomEvent("news", { detail: { room, afterSeq } }))
  }

  #changed() {
    this.dispatchEvent(new Event("change"))
  }
}
