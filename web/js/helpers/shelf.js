// JSON under names in a storage such as the browser's own. One that is forbidden or
// full loses durability, never the page.

export class Shelf {
  #storage

  // `storage()`: even to ask for it may be forbidden.
  constructor(storage) {
    this.#storage = storage
  }

  get(name, otherwise = null) {
    try {
      return JSON.parse(this.#storage().getItem(name)) ?? otherwise
    } catch {
      return otherwise
    }
  }

  // True if it was kept.
  put(name, value) {
    try {
      this.#storage().setItem(name, JSON.stringify(value))
      return true
    } catch {
      return false
    }
  }

  drop(name) {
    try {
      this.#storage().removeItem(name)
    } catch {
      // Nothing was kept, so there is nothing to take away.
    }
  }

  namesUnder(prefix) {
    try {
      return Object.keys(this.#storage()).filter((name) => name.startsWith(prefix))
    } catch {
      return []
    }
  }
}
