// A field to find somebody among many by what is in their name.

import { part } from "../ui/dom.js"
import { plainName } from "./plain_name.js"

const FIND_FROM = 9 // people; fewer are seen at once

export class FindField {
  #field

  constructor({ element, words, onInput }) {
    this.#field = part(element, "find")
    this.#field.value = ""
    this.#field.placeholder = words.say("manage.find")
    this.#field.oninput = onInput
  }

  // Those of `people` who are looked for.
  among(people) {
    const isOffered = people.length >= FIND_FROM
    this.#field.closest(".field").hidden = !isOffered
    const wanted = isOffered ? plainName(this.#field.value) : ""
    return people.filter(({ username }) => plainName(username).includes(wanted))
  }
}
