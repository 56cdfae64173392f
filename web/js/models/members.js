// Who is in the room now: a person once, however many tabs they have.

export class Members extends EventTarget {
  #byId = new Map()

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

  replace(people) {
    this.#byId = new Map(people.map((person) => [person.user_id, person]))
    this.#changed()
  }

  arrive({ user_id, username }) {
    this.#byId.set(user_id, { user_id, username })
    this.#changed()
  }

  depart({ user_id }) {
    if (this.#byId.delete(user_id)) this.#changed()
  }

  #changed() {
    this.dispatchEvent(new Event("change"))
  }
}
