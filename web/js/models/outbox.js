// What a person has written or done in one room and the server has not confirmed yet:
// messages, and deeds, which have a `kind` ("edit", "delete", "react") and a `message_id`.
//
// Every entry is in the store before it is sent and leaves it on the
// acknowledgement, so that it survives a reload or a day offline. The server
// drops a second copy with the same `client_id`: to send again is always safe.
// One entry is under way at a time, which keeps the order whatever is refused.
// All tabs of a browser have the same store: this is a mirror of it.
//
// Tells "change", and "written" when something was written here.

export class Outbox extends EventTarget {
  #store
  #userId
  #room
  #now
  #newId
  #entries = [] // in the order written
  #beingKept = new Set() // client_ids that aren't in the store yet
  #unkept = new Set() // client_ids that the store had no room for
  #changes = 0 // whatever was read from the store before the last one is of the past
  #reading = null
  #isLoaded = false

  constructor({ store, userId, room, newId, now = Date.now }) {
    super()
    this.#store = store
    this.#userId = userId
    this.#room = room
    this.#newId = newId
    this.#now = now
    store.addEventListener("change", ({ detail }) => this.#isOurs(detail) && this.load())
  }

  get entries() {
    return this.#entries
  }

  // What to send now, if it is safe in the store.
  get next() {
    const entry = this.#firstQueued
    return this.#isLoaded && entry && !this.#beingKept.has(entry.client_id) ? entry : null
  }

  get hasUnsent() {
    return this.#firstQueued !== null || this.#entries.some(({ state }) => state === "held")
  }

  find(clientId) {
    return this.#entries.find(({ client_id }) => client_id === clientId)
  }

  // What the store has: of this tab, of the others, and of those that were closed.
  load() {
    this.#changes += 1
    this.#reading ??= this.#read()
    return this.#reading
  }

  // `reply`: {reply_to, quote}, of the message that it answers.
  add(content, reply = {}) {
    return this.#put({ content, ...reply })
  }

  // A deed may be held for a while, in which it can be taken back.
  addDeed(deed, { heldFor_ms = 0 } = {}) {
    if (!heldFor_ms) return this.#put(deed)
    return this.#put({ ...deed, held_until_ms: this.#now() + heldFor_ms }, "held")
  }

  // Confirmed by the server, or deleted by its author.
  remove(clientId) {
    const entry = this.find(clientId)
    if (!entry) return null
    this.#entries = this.#entries.filter((other) => other !== entry)
    ignoreFailure(this.#store.drop(entry))
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
    const kind = this.find(clientId)?.kind
    return kind === "react" || (kind === "delete" && code === "message_not_found")
  }

  // The room's own name became known: "/rooms/1" is "general".
  moveTo(room) {
    if (room === this.#room) return
    this.#room = room
    this.#entries = this.#entries.map((entry) => ({ ...entry, room }))
    this.#entries.forEach((entry) => this.#keep(entry))
    this.load()
  }

  // Whose answer an entry of mine in the room's log is: it has the same key, or what is
  // asked for next was done already, from elsewhere.
  answeredBy(entry) {
    const next = this.#firstQueued
    return this.find(entry.client_id) ?? (next && isDoneBy(next, entry) ? next : null)
  }

  get #firstQueued() {
    return this.#entries.find(({ state }) => state === "queued") ?? null
  }

  // Again, if anything changed while it was being read.
  #read() {
    const begun = this.#changes
    return whenThere(this.#store.of(this.#userId, this.#room), (found) => {
      if (begun !== this.#changes) return this.#read()
      this.#reading = null
      this.#mirror(found)
    })
  }

  #mirror(found) {
    const isHereOnly = ({ client_id }) => this.#beingKept.has(client_id) || this.#unkept.has(client_id)
    const here = this.#entries.filter(isHereOnly)
    const stored = found.filter(({ client_id }) => !here.some((entry) => entry.client_id === client_id))
    this.#entries = [...stored, ...here].sort((a, b) => a.written_at_ms - b.written_at_ms)
    this.#isLoaded = true
    this.dispatchEvent(new Event("change"))
  }

  #put(fields, state = "queued") {
    const last = this.#entries.at(-1)?.written_at_ms ?? 0
    const entry = {
      client_id: this.#newId(),
      ...fields,
      user_id: this.#userId,
      room: this.#room,
      written_at_ms: Math.max(this.#now(), last + 1),
      state,
    }
    this.#entries.push(entry)
    this.#keep(entry)
    this.dispatchEvent(new Event("written"))
    this.#changed()
    return entry
  }

  #set(clientId, changes) {
    const index = this.#entries.findIndex(({ client_id }) => client_id === clientId)
    if (index < 0) return
    this.#entries[index] = { ...this.#entries[index], ...changes }
    this.#keep(this.#entries[index])
    this.#changed()
  }

  // A store that is full loses durability, never the message.
  #keep(entry) {
    const { client_id } = entry
    const kept = this.#store.put(entry)
    if (!kept) return
    this.#beingKept.add(client_id)
    const settled = (isKept) => {
      this.#beingKept.delete(client_id)
      if (!isKept) this.#unkept.add(client_id)
      this.#changed()
    }
    kept.then(() => settled(true), () => settled(false))
  }

  #isOurs({ userId, room }) {
    return userId === this.#userId && room === this.#room
  }

  #changed() {
    this.#changes += 1
    this.dispatchEvent(new Event("change"))
  }
}

function isDoneBy({ kind, message_id, emoji, on }, entry) {
  if (message_id === undefined || message_id !== entry.message_id) return false
  if (kind === "delete") return entry.type === "message_deleted"
  return kind === "react" && entry.type === "reaction" && emoji === entry.emoji && on === entry.on
}

function whenThere(value, then) {
  return value instanceof Promise ? value.then(then, () => then([])) : then(value)
}

function ignoreFailure(done) {
  done?.catch(() => {})
}
