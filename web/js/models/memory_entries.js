// The entries of outboxes, as long as this program runs. The same questions are answered
// by net/kept_entries.js, for longer.
//
// `of`, `rooms`, `put` and `drop` answer at once or with a promise. "change" tells that
// the entries of one room are others now, by {userId, room}.

export class MemoryEntries extends EventTarget {
  #byId = new Map() // client_id → entry

  of(userId, room) {
    return [...this.#byId.values()].filter((each) => each.user_id === userId && each.room === room)
  }

  rooms(userId) {
    const mine = [...this.#byId.values()].filter(({ user_id }) => user_id === userId)
    return new Set(mine.map(({ room }) => room))
  }

  put(entry) {
    this.#byId.set(entry.client_id, entry)
  }

  drop({ client_id }) {
    this.#byId.delete(client_id)
  }
}
