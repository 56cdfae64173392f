// Who decided what about whom, one sentence each.

import { cloned, part } from "../ui/dom.js"
import { isForever, moment, span } from "./moments.js"

const SETTINGS = ["is_private", "is_announce_only", "slow_mode_s", "people_max", "name", "description", "is_archived"]

export class AuditLog {
  #element
  #words
  #desk

  // `attempt(work)` tells what goes wrong.
  constructor({ element, words, desk, attempt }) {
    this.#element = element
    this.#words = words
    this.#desk = desk
    part(element, "older").onclick = () => attempt(() => desk.loadOlderAudit())
  }

  load() {
    return this.#desk.loadAudit()
  }

  render() {
    const { audit, hasOlderAudit } = this.#desk
    part(this.#element, "audit-list").replaceChildren(...audit.map((each) => this.#row(each)))
    part(this.#element, "older").hidden = !hasOlderAudit
  }

  #row(noted) {
    const row = cloned("audited", this.#words)
    const time = part(row, "at")
    time.dateTime = noted.at
    time.textContent = moment(this.#words, noted.at)
    part(row, "sentence").textContent = this.#sentence(noted)
    const reason = part(row, "why")
    reason.textContent = noted.details.reason ?? ""
    reason.hidden = !noted.details.reason
    return row
  }

  #sentence({ deed, by, about, details }) {
    const key = `audit.${deed}`
    const values = { by: by.username, about: about?.username ?? "", ...this.#valuesOf(deed, details) }
    if (!this.#words.has(key)) return this.#words.say("audit.other", { ...values, deed })
    return this.#words.say(key, values)
  }

  #valuesOf(deed, details) {
    const until = details.muted_until_ms ?? details.banned_until_ms
    return {
      role: details.role && this.#words.has(`role.${details.role}`) ? this.#words.say(`role.${details.role}`) : "",
      until: until ? this.#until(until) : "",
      what: SETTINGS.filter((name) => name in details).map((name) => this.#setting(name, details[name])).join(", "),
    }
  }

  #until(at) {
    if (isForever(Date.parse(at))) return this.#words.say("audit.forever")
    return this.#words.say("audit.until", { moment: moment(this.#words, at) })
  }

  #setting(name, value) {
    if (typeof value === "boolean") return this.#words.say(`audit.${name}.${value ? "on" : "off"}`)
    const isSpan = name === "slow_mode_s" && value > 0
    if (!value) return this.#words.say(`audit.${name}.off`)
    return this.#words.say(`audit.${name}`, { value: isSpan ? span(this.#words, value) : value })
  }
}
