// What was being written in each room, kept over a reload.

const PREFIX = "roomserver.draft/"

export class Drafts {
  #shelf

  constructor(shelf) {
    this.#shelf = shelf
  }

  of(room) {
    return this.#shelf.get(PREFIX + room, "")
  }

  keep(room, text) {
    if (text) this.#shelf.put(PREFIX + room, text)
    else this.#shelf.drop(PREFIX + room)
  }
}
