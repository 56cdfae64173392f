// How far each person has read a room. A mark only moves forward.

export class Readings extends EventTarget {
  #byId = new Map() // user_id → {user_id, username, seq}

  mark({ user_id, username, seq }) {
    if ((this.#byId.get(user_id)?.seq ?? 0) >= seq) return
    this.#byId.set(user_id, { user_id, username, seq })
    this.dispatchEvent(new Event("change"))
  }

  clear() {
    this.#byId.clear()
  }

  // message seq → the people whose last one of `messages` it is. Nobody needs to be told
  // that an author knows their own words, and `myId` knows what they have read.
  lastOf(messages, myId) {
    const found = new Map()
    for (const person of this.#byId.values()) {
      if (person.user_id === myId) continue
      const last = messages.findLast(({ seq }) => seq <= person.seq)
      if (!last || last.user_id === person.user_id) continue
      found.set(last.seq, [...(found.get(last.seq) ?? []), person])
    }
    return found
  }
}
