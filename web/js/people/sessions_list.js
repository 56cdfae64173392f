// The browsers that one is signed in at, and signing out there.

import { cloned, part } from "../ui/dom.js"
import { browserName } from "./browsers.js"
import { Doing } from "./doing.js"
import { moment } from "./moments.js"
import { onceSure } from "./sure.js"

export class SessionsList {
  #element
  #words
  #desk
  #doing
  #leave

  // `leave()`: nobody is signed in here any more.
  constructor({ element, words, desk, leave }) {
    this.#element = element
    this.#words = words
    this.#desk = desk
    this.#leave = leave
    this.#doing = new Doing({ words, form: element })
    onceSure(part(element, "everywhere"), words, () => this.#signOutEverywhere())
  }

  load() {
    return this.#desk.loadSessions()
  }

  render() {
    part(this.#element, "sessions-list").replaceChildren(...this.#desk.sessions.map((each) => this.#row(each)))
  }

  #row({ id, label, created_at, used_at, is_this }) {
    const row = cloned("session", this.#words)
    part(row, "name").textContent = browserName(label) ?? this.#words.say("account.session.unknown")
    part(row, "name").title = label
    part(row, "this").hidden = !is_this
    const moments = { used: moment(this.#words, used_at), since: moment(this.#words, created_at) }
    part(row, "used").textContent = this.#words.say("account.session.used", moments)
    const end = part(row, "end")
    end.hidden = is_this
    end.addEventListener("click", () => this.#end(id))
    return row
  }

  async #end(id) {
    if (await this.#doing.run(() => this.#desk.endSession(id))) part(this.#element, "everywhere").focus()
  }

  async #signOutEverywhere() {
    if (await this.#doing.run(() => this.#desk.signOutEverywhere())) this.#leave()
  }
}
