// To a message that an address or a quote names, and to a date: also where nothing is loaded.

import { Region } from "./region.js"

export class Places extends Region {
  #list
  #api
  #tell
  #wanted = null // a message, until its room is there

  // `tell(sentence)` says why it didn't work.
  constructor({ words, list, api, tell }) {
    super({ element: list.element, words })
    this.#list = list
    this.#api = api
    this.#tell = tell
  }

  connect() {
    this.#wanted = null
    this.on(this.session.log, "change", () => this.#wanted !== null && this.goTo(this.#wanted))
  }

  async goTo(messageId) {
    this.#wanted = messageId
    if (this.session.log.completeTo === null) return
    this.#wanted = null
    if (this.#list.point(messageId)) return
    const page = await this.#read((room) => this.#api.around(room, messageId), "places.no_message")
    if (page) this.#show(page, messageId)
  }

  // To the first message since then.
  async goToDate(date) {
    const page = await this.#read((room) => this.#api.at(room, date), "places.no_date")
    if (!page) return
    const first = page.messages.find(({ seq }) => seq >= page.seq)
    if (page.seq === null || !first) return this.#list.toNewest()
    this.#show(page, first.id ?? first.message_id)
  }

  // Whoever has gone to another room meanwhile isn't fetched back.
  async #read(ask, problem) {
    const { session } = this
    try {
      const page = await ask(session.ref)
      return session === this.session ? page : null
    } catch ({ code }) {
      const key = code === "message_not_found" ? problem : `error.${code}`
      if (session === this.session) this.#tell(this.words.say(this.words.has(key) ? key : problem))
      return null
    }
  }

  #show(page, messageId) {
    const { ref } = this.session
    this.session.view.visit(page, {
      before: (seq) => this.#api.before(ref, seq),
      after: (seq) => this.#api.after(ref, seq),
    })
    this.#list.point(messageId)
  }
}
