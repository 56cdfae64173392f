// The rooms, over HTTP. `fetch` is passed in.

export class Refusal extends Error {
  constructor({ code = "internal", message = "", field }) {
    super(message)
    this.code = code
    this.field = field
  }
}

export class Api {
  #fetch

  constructor(fetch) {
    this.#fetch = fetch
  }

  // With what this person hasn't read in each.
  async rooms(userId) {
    const { rooms } = await this.#ask(`/api/v1/rooms?user_id=${userId}`)
    return rooms
  }

  // Entries after a number, and whether there are more.
  after(room, seq) {
    return this.#ask(`/api/v1/rooms/${encodeURIComponent(room)}/messages?after=${seq}&limit=100`)
  }

  // The last messages, oldest first.
  async latest(room) {
    const { messages } = await this.#ask(`/api/v1/rooms/${encodeURIComponent(room)}/messages?limit=20`)
    return messages.filter(({ type, content }) => !type && content)
  }

  before(room, seq) {
    return this.#ask(`/api/v1/rooms/${encodeURIComponent(room)}/messages?before=${seq}&limit=100`)
  }

  // A page from the middle, around a message.
  around(room, messageId) {
    return this.#ask(`/api/v1/rooms/${encodeURIComponent(room)}/messages?around=${messageId}&limit=100`)
  }

  // A page from the middle, where a moment falls.
  at(room, date) {
    const moment = encodeURIComponent(date.toISOString())
    return this.#ask(`/api/v1/rooms/${encodeURIComponent(room)}/messages?at=${moment}&limit=100`)
  }

  // The messages that say `text`, newest first, in front of the one with the number `before`.
  search(room, text, before) {
    const rest = before === null ? "" : `&before=${before}`
    return this.#ask(`/api/v1/rooms/${encodeURIComponent(room)}/search?q=${encodeURIComponent(text)}${rest}`)
  }

  // How people are known here, and who asks.
  session() {
    return this.#ask("/api/v1/session")
  }

  // Whoever is signed out already has what they want.
  async signOut() {
    await this.#ask("/api/v1/session", { method: "DELETE" }).catch((refusal) => {
      if (refusal.code !== "unauthorized") throw refusal
    })
  }

  async members(room) {
    const { members } = await this.#ask(`/api/v1/rooms/${encodeURIComponent(room)}/members`)
    return members
  }

  // One room, and what this person may do there.
  room(room, person) {
    return this.#ask(addressOf(`/${encodeURIComponent(room)}`, person))
  }

  createRoom(facts, person) {
    return this.#change("POST", addressOf("", person), facts)
  }

  changeRoom(room, facts, person) {
    return this.#change("PATCH", addressOf(`/${encodeURIComponent(room)}`, person), facts)
  }

  #change(method, address, body) {
    return this.#ask(address, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })
  }

  async #ask(path, options = {}) {
    const answer = await this.#reach(path, options)
    const body = await answer.json().catch(() => ({}))
    if (!answer.ok) throw new Refusal(body.data ?? {})
    return body
  }

  async #reach(path, options) {
    try {
      return await this.#fetch(path, options)
    } catch {
      throw new Refusal({ code: "unreachable" })
    }
  }
}

// With the name of whoever asks, where the server believes names.
function addressOf(path, { userId, username }) {
  return `/api/v1/rooms${path}?${new URLSearchParams({ user_id: userId, username })}`
}
