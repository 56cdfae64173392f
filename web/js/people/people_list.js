// Everybody of a room, with a field to find somebody among many.

import { part } from "../ui/dom.js"
import { FindField } from "./find_field.js"
import { PersonRow } from "./person_row.js"

export class PeopleList {
  #element
  #words
  #desk
  #myId
  #tell
  #find
  #rows = new Map() // user_id → row

  constructor({ element, words, desk, myId, tell }) {
    this.#element = element
    this.#words = words
    this.#desk = desk
    this.#myId = myId
    this.#tell = tell
    this.#find = new FindField({ element, words, onInput: () => this.render() })
  }

  render() {
    const found = this.#find.among(this.#desk.people(this.#words.locale))
    this.#rows = new Map(found.map((person) => [person.user_id, this.#row(person)]))
    part(this.#element, "list").replaceChildren(...[...this.#rows.values()].map(({ element }) => element))
    part(this.#element, "nobody").hidden = found.length > 0
  }

  // Show what may be done about somebody.
  unfold(userId) {
    this.#rows.get(userId)?.unfold()
  }

  #row(person) {
    const onDone = (sentence) => {
      this.#tell(sentence)
      const opener = this.#rows.get(person.user_id)?.opener
      if (opener && !opener.hidden) opener.focus()
      else this.#element.focus()
    }
    const isMe = person.user_id === this.#myId
    return new PersonRow({ words: this.#words, desk: this.#desk, person, isMe, onDone })
  }
}
