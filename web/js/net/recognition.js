// Finding out who sits here. Where people are known the server says it, whatever this browser
// has kept or lost. No DOM.
//
// Tells "another" with {user_id, username} of somebody else than was thought, and "nobody" when
// the server knows nobody.

const AGAIN_AFTER_MS = 5_000

export class Recognition extends EventTarget {
  #person
  #account
  #ask
  #timers

  // `ask()` resolves to the answer of `GET /api/v1/session`.
  constructor({ person, account, ask, timers }) {
    super()
    this.#person = person
    this.#account = account
    this.#ask = ask
    this.#timers = timers
  }

  // Without an answer it stays as it was; who has no name yet needs one.
  async begin() {
    const facts = await this.#ask().catch(() => null)
    if (facts) this.#learn(facts)
    else if (!this.#person.isNamed) this.#timers.setTimeout(() => this.begin(), AGAIN_AFTER_MS)
  }

  #learn(facts) {
    this.#account.learn(facts)
    if (this.#account.isOpen || facts.user?.user_id === this.#person.userId) return
    this.dispatchEvent(new CustomEvent(facts.user ? "another" : "nobody", { detail: facts.user }))
  }
}
