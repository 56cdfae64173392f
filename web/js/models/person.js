// Who sits at this page. In open mode a person is a number this browser drew once, and a name.

import { newUserId } from "../helpers/ids.js"

const NAME = "roomserver.person"

export class Person extends EventTarget {
  #shelf
  #userId
  #username

  constructor(shelf) {
    super()
    this.#shelf = shelf
    const kept = shelf.get(NAME, {})
    this.#userId = Number.isSafeInteger(kept.user_id) ? kept.user_id : newUserId()
    this.#username = typeof kept.username === "string" ? kept.username : ""
  }

  get userId() {
    return this.#userId
  }

  get username() {
    return this.#username
  }

  get isNamed() {
    return this.#username !== ""
  }

  // Somebody whom the server knows: it says the number, too.
  become({ user_id: userId, username }) {
    this.#userId = userId
    this.rename(username)
  }

  rename(username) {
    this.#username = username.trim()
    this.#shelf.put(NAME, { user_id: this.#userId, username: this.#username })
    this.dispatchEvent(new Event("change"))
  }
}
