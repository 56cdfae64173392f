// How this server knows people, and as what it knows whoever sits here.

const ACCOUNT = "roomserver.account"
const OPEN = { mode: "open" }

export class Account extends EventTarget {
  #shelf
  #facts

  // What was known last time counts until the server has said it again.
  constructor(shelf) {
    super()
    this.#shelf = shelf
    this.#facts = shelf.get(ACCOUNT, OPEN)
  }

  // Names are believed, and everybody chooses their own.
  get isOpen() {
    return this.#facts.mode === "open"
  }

  get hasAccounts() {
    return this.#facts.mode === "accounts"
  }

  get isGuest() {
    return this.#facts.kind === "guest"
  }

  get isOwner() {
    return this.#facts.is_owner === true
  }

  // Whether a room's link may let anybody in with only a name.
  get hasGuests() {
    return this.#facts.guests === true
  }

  // The answer of `GET /api/v1/session`.
  learn({ mode, kind, is_owner, guests }) {
    this.#facts = { mode, kind, is_owner, guests }
    this.#shelf.put(ACCOUNT, this.#facts)
    this.dispatchEvent(new Event("change"))
  }
}
