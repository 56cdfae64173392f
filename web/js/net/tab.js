// This tab among the others of the same browser. A tab holds a lock as long as it
// lives; the entries of an outbox whose tab is gone belong to whoever takes them.

import { newClientId } from "../helpers/ids.js"

export class Tab {
  #locks

  // `locks`: navigator.locks, which is missing on plain http.
  constructor(locks) {
    this.#locks = locks
    this.id = newClientId()
    locks?.request(nameOf(this.id), () => new Promise(() => {}))
  }

  // Without locks every tab takes everything: the server keeps one copy.
  async adopt(outbox) {
    if (!this.#locks) return outbox.adopt(() => false)
    await this.#locks.request("roomserver.adopt", async () => {
      const { held } = await this.#locks.query()
      const living = new Set(held.map(({ name }) => name))
      outbox.adopt((owner) => owner !== this.id && living.has(nameOf(owner)))
    })
  }
}

function nameOf(id) {
  return `roomserver.tab/${id}`
}
