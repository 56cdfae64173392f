// Who is in the room now, a person once however many tabs they have, and who was.

export class Members extends EventTarget {
  #byId = new Map()
  #met = new Map() // user_id → {user_id, username, last_seen, role}, also of those who are here

  get count() {
    return this.#byId.size
  }

  // Me first, then by name as the reader's language sorts names.
  sorted({ myId, locale }) {
    const { compare } = new Intl.Collator(locale, { sensitivity: "base", numeric: true })
    const isOther = ({ user_id }) => Number(user_id !== myId)
    return [...this.#byId.values()].sort(
      (a, b) => isOther(a) - isOther(b) || compare(a.username, b.username) || a.user_id - b.user_id,
    )
  }

  // Those who are away, whoever left last first.
  away(count_max) {
    return [...this.#met.values()]
      .filter(({ user_id, last_seen }) => last_seen && !this.#byId.has(user_id))
      .sort((a, b) => Date.parse(b.last_seen) - Date.parse(a.last_seen))
      .slice(0, count_max)
  }

  // What somebody is in this room, as far as that is known.
  roleOf(userId) {
    return this.#met.get(userId)?.role ?? "member"
  }

  // Something was decided about somebody.
  update({ user_id, username, role }) {
    this.#met.set(user_id, { ...this.#met.get(user_id), user_id, username, role })
    this.#changed()
  }

  meet(people) {
    for (const person of people) this.#met.set(person.user_id, person)
    this.#changed()
  }

  clear() {
    this.#met.clear()
    this.replace([])
  }

  replace(people) {
    this.#byId = new Map(people.map((person) => [person.user_id, person]))
    this.#changed()
  }

  arrive({ user_id, username }) {
    this.#byId.set(user_id, { user_id, username })
    this.#changed()
  }

  depart({ user_id, username, last_seen }) {
    this.#met.set(user_id, { ...this.#met.get(user_id), user_id, username, last_seen })
    if (this.#byId.delete(user_id)) this.#changed()
  }

  #changed() {
    this.dispatchEvent(new Event("change"))
  }
}
