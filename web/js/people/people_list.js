// Everybody of a room, with a field to find somebody among many.

import { part } from "../ui/dom.js"
import { PersonRow } from "./person_row.js"
import { plainName } from "./plain_name.js"

const FIND_FROM = 9 // people; fewer are seen at once

export class PeopleList {
  #element
  #words
  #desk
  #myId
  #tell
  #rows = new Map() // user_id → row

  constructor({ element, words, desk, myId, tell }) {
    this.#element = element
    this.#words = words
    this.#desk = desk
    this.#myId = myId
    this.#tell = tell
    const find = part(element, "find")
    find.value = ""
    find.oninput = () => this.render()
  }

  render() {
    const people = this.#desk.people(this.#words.locale)
    const find = part(this.#element, "find")
    find.placeholder = this.#words.say("manage.find")
    find.closest(".field").hidden = people.length < FIND_FROM
    const wanted = plainName(find.value)
    const found = people.filter(({ username }) => plainName(username).includes(wanted))
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
