// Who is here, and who was.

import { paintAvatar } from "./avatar.js"
import { cloned, part, region } from "./dom.js"
import { Region } from "./region.js"

const AWAY_MAX = 30

export class MemberList extends Region {
  #account

  constructor({ words, account, onManage }) {
    super({ element: region("members"), words })
    this.#account = account
    part(this.element, "manage").addEventListener("click", onManage)
  }

  connect() {
    this.on(this.session.members, "change", () => this.render())
    this.on(this.#account, "change", () => this.render())
  }

  render() {
    const { members, person } = this.session
    // Where names are believed there is nothing to decide, unless the operator says who does.
    part(this.element, "manage").hidden = this.#account.isOpen && !this.#isAboveMembers(person.userId)
    const sorted = members.sorted({ myId: person.userId, locale: this.words.locale })
    part(this.element, "count").textContent = members.count || ""
    part(this.element, "list").replaceChildren(...sorted.map((member) => this.#row(member)))
    const away = members.away(AWAY_MAX)
    part(this.element, "away-title").hidden = away.length === 0
    part(this.element, "away").replaceChildren(...away.map((person) => this.#awayRow(person)))
  }

  #row(member) {
    const row = cloned("member", this.words)
    paintAvatar(part(row, "avatar"), member)
    part(row, "name").textContent = member.username
    part(row, "me").hidden = member.user_id !== this.session.person.userId
    part(row, "role").hidden = this.session.members.roleOf(member.user_id) !== "guest"
    return row
  }

  #isAboveMembers(userId) {
    return ["owner", "moderator"].includes(this.session.members.roleOf(userId))
  }

  #awayRow(person) {
    const row = cloned("away", this.words)
    const date = new Date(person.last_seen)
    const time = part(row, "seen")
    paintAvatar(part(row, "avatar"), person)
    part(row, "name").textContent = person.username
    time.dateTime = person.last_seen
    time.textContent = this.words.ago(date, new Date())
    time.title = this.words.say("members.last_seen", { moment: this.words.moment(date) })
    return row
  }
}
