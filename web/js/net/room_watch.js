// Keeps the directory of rooms right: asked for once after each connection, and told by the
// room's own connection from then on. No DOM.

const KEPT = "roomserver.rooms" // those last seen, for each person

export class RoomWatch {
  #directory
  #person
  #shelf
  #ask
  #session = null
  #leaving = null
  #isOpen = false
  #asking = Promise.resolve()
  #heard = new Map() // room_id → counts that came while the list was on its way
  #told = [] // what has changed of rooms meanwhile

  // `ask(userId)` resolves to all rooms.
  constructor({ directory, person, shelf, ask }) {
    this.#directory = directory
    this.#person = person
    this.#shelf = shelf
    this.#ask = ask
    shelf.drop(KEPT) // an earlier version's, of whoever was here
    directory.replace(shelf.get(`${KEPT}/${person.userId}`, []))
  }

  attach(session) {
    this.#leaving?.abort()
    this.#leaving = new AbortController()
    this.#session = session
    this.#isOpen = false
    this.#directory.enter(session.ref)
    const on = (type, listener) => session.addEventListener(type, listener, { signal: this.#leaving.signal })
    on("state", () => this.#changed(session))
    on("room", () => this.#directory.enter(session.ref))
    on("activity", ({ detail }) => this.#hear(detail))
    on("updated", ({ detail }) => this.#updated(session, detail))
  }

  // Resolves when the directory is up to date, or the server couldn't be reached: the
  // connection bar tells of that, and the list stays as it was. Whoever asks while an answer
  // is on its way gets a newer one.
  look() {
    this.#asking = this.#asking.then(() => this.#look())
    return this.#asking
  }

  async #look() {
    this.#heard.clear()
    this.#told = []
    const { userId } = this.#person
    const rooms = await this.#ask(userId).catch(() => null)
    if (rooms) {
      this.#directory.replace(rooms)
      for (const facts of this.#told) this.#directory.update(facts)
      this.#directory.hear([...this.#heard.values()])
      this.#shelf.put(`${KEPT}/${userId}`, this.#directory.rooms)
    }
    this.#session?.recognise(this.#directory.named(this.#session.ref))
  }

  // Whoever is shown out of a private room doesn't hear of it any more: it leaves the list.
  // Whoever is signed out would be told of no room at all.
  #changed({ isOpen, state }) {
    const wasOpen = this.#isOpen
    this.#isOpen = isOpen
    const isShownOut = state.name === "stopped" && state.why !== "unauthorized"
    if ((isOpen && !wasOpen) || isShownOut) this.look()
  }

  #updated(session, facts) {
    this.#told.push(facts)
    this.#directory.update(facts)
    if (facts.room_id !== session.room?.id) return
    session.room = { ...session.room, ...facts }
    session.dispatchEvent(new CustomEvent("room", { detail: session.room }))
  }

  #hear(counts) {
    for (const count of counts) this.#heard.set(count.room_id, count)
    if (!this.#directory.hear(counts)) this.look()
  }
}
