// What this person was writing in each room, kept over a reload. Others who use the same
// browser don't see it.

const PREFIX = "roomserver.draft/"

export class Drafts {
  #shelf
  #person

  // `isAlone`: whether nobody else can be meant by those of earlier versions, which don't say
  // whose they are.
  constructor(shelf, person, { isAlone = false } = {}) {
    this.#shelf = shelf
    this.#person = person
    this.#settle(isAlone)
  }

  of(room) {
    return this.#shelf.get(this.#name(room), "")
  }

  keep(room, text) {
    if (text) this.#shelf.put(this.#name(room), text)
    else this.#shelf.drop(this.#name(room))
  }

  #settle(isMine) {
    for (const name of this.#shelf.namesUnder(PREFIX)) {
      const room = name.slice(PREFIX.length)
      if (room.includes("/")) continue
      if (isMine && !this.of(room)) this.keep(room, this.#shelf.get(name, ""))
      this.#shelf.drop(name)
    }
  }

  #name(room) {
    return `${PREFIX}${this.#person.userId}/${room}`
  }
}
