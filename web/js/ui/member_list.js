// Who is here, and who was.

import { paintAvatar } from "./avatar.js"
import { cloned, part, region } from "./dom.js"
import { Region } from "./region.js"

const AWAY_MAX = 30

export class MemberList extends Region {
  #account
  #onManage

  // `onManage(userId)`: decide about somebody; about nobody in particular without one.
  constructor({ words, account, onManage }) {
    super({ element: region("members"), words })
    this.#account = account
    this.#onManage = onManage
    part(this.element, "manage").addEventListener("click", () => onManage())
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
    this.#offerDecision(part(row, "decide"), member)
    return row
  }

  #offerDecision(button, { user_id, username }) {
    const myId = this.session.person.userId
    button.hidden = user_id === myId || !this.#mayDecide(myId, user_id)
    button.setAttribute("aria-label", this.words.say("manage.more", { name: username }))
    button.addEventListener("click", () => this.#onManage(user_id))
  }

  // An owner about all others, a moderator about those below.
  #mayDecide(myId, userId) {
    const isOwner = this.#account.isOwner || this.session.members.roleOf(myId) === "owner"
    return isOwner || (this.#isAboveMembers(myId) && !this.#isAboveMembers(userId))
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
