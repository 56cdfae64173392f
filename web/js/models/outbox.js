// What a person has written or done in one room and the server has not confirmed yet:
// messages, and deeds, which have a `kind` ("edit", "delete", "react") and a `message_id`.
//
// Every entry is on the shelf before it is sent and leaves it on the
// acknowledgement, so that it survives a reload or a day offline. The server
// drops a second copy with the same `client_id`: to send again is always safe.
// One entry is under way at a time, which keeps the order whatever is refused.

export class Outbox extends EventTarget {
  #shelf
  #userId
  #room
  #now
  #newId
  #owner
  #entries = [] // in the order written

  constructor({ shelf, userId, room, newId, owner, now = Date.now }) {
    super()
    this.#shelf = shelf
    this.#userId = userId
    this.#room = room
    this.#newId = newId
    this.#owner = owner
    this.#now = now
  }

  get entries() {
    return this.#entries
  }

  get next() {
    return this.#entries.find(({ state }) => state === "queued") ?? null
  }

  add(content) {
    return this.#put({ content })
  }

  // A deed that is held waits for `release`.
  addDeed(deed, { isHeld = false } = {}) {
    return this.#put(deed, isHeld ? "held" : "queued")
  }

  // Take over what other tabs left behind. `isAlive(owner)` tells which still send their own.
  adopt(isAlive) {
    const found = this.#shelf
      .namesUnder(this.#prefix)
      .map((name) => this.#shelf.get(name))
      .filter((entry) => entry?.client_id && !this.#find(entry.client_id) && !isAlive(entry.owner))
    if (found.length === 0) return
    this.#entries.push(...found.map((entry) => ({ ...released(entry), owner: this.#owner })))
    this.#entries.sort((a, b) => a.written_at_ms - b.written_at_ms)
    this.#entries.forEach((entry) => this.#keep(entry))
    this.#changed()
  }

  // Confirmed by the server, or deleted by its author.
  remove(clientId) {
    const entry = this.#find(clientId)
    if (!entry) return null
    this.#entries = this.#entries.filter((other) => other !== entry)
    this.#shelf.drop(this.#prefix + clientId)
    this.#changed()
    return entry
  }

  fail(clientId, reason) {
    this.#set(clientId, { state: "failed", reason })
  }

  release() {
    for (const { client_id, state } of this.#entries) if (state === "held") this.retry(client_id)
  }

  retry(clientId) {
    this.#set(clientId, { state: "queued", reason: undefined })
  }

  // Nothing that a person would want back: a reaction, or a deletion of what is gone.
  isLost(clientId, code) {
    const kind = this.#find(clientId)?.kind
    return kind === "react" || (kind === "delete" && code === "message_not_found")
  }

  // The room's own name became known: "/rooms/1" is "general".
  moveTo(room) {
    if (room === this.#room) return
    this.#entries.forEach(({ client_id }) => this.#shelf.drop(this.#prefix + client_id))
    this.#room = room
    this.#entries.forEach((entry) => this.#keep(entry))
  }

  // Whose answer an entry of mine in the room's log is: it has the same key, or what is
  // asked for next was done already, from elsewhere.
  answeredBy(entry) {
    const sameKey = this.#find(entry.client_id)
    return sameKey ?? (this.next && isDoneBy(this.next, entry) ? this.next : null)
  }

  get #prefix() {
    return `roomserver.outbox/${this.#userId}/${this.#room}/`
  }

  #put(fields, state = "queued") {
    const last = this.#entries.at(-1)?.written_at_ms ?? 0
    const entry = {
      client_id: this.#newId(),
      ...fields,
      written_at_ms: Math.max(this.#now(), last + 1),
      state,
      owner: this.#owner,
    }
    this.#entries.push(entry)
    this.#keep(entry)
    this.#changed()
    return entry
  }

  #find(clientId) {
    return this.#entries.find(({ client_id }) => client_id === clientId)
  }

  #set(clientId, changes) {
    const index = this.#entries.findIndex(({ client_id }) => client_id === clientId)
    if (index < 0) return
    this.#entries[index] = { ...this.#entries[index], ...changes }
    this.#keep(this.#entries[index])
    this.#changed()
  }

  #keep(entry) {
    this.#shelf.put(this.#prefix + entry.client_id, entry)
  }

  #changed() {
    this.dispatchEvent(new Event("change"))
  }
}

// Whoever could have taken it back is gone.
function released(entry) {
  return entry.state === "held" ? { ...entry, state: "queued" } : entry
}

function isDoneBy({ kind, message_id, emoji, on }, entry) {
  if (message_id === undefined || message_id !== entry.message_id) return false
  if (kind === "delete") return entry.type === "message_deleted"
  return kind === "react" && entry.type === "reaction" && emoji === entry.emoji && on === entry.on
}

export function roomsWithEntries(shelf, userId) {
  const prefix = `roomserver.outbox/${userId}/`
  return new Set(shelf.namesUnder(prefix).map((name) => name.slice(prefix.length).split("/")[0]))
}
