// Who is here, and who was.

import { paintAvatar } from "./avatar.js"
import { arrange, cloned, part, region, write } from "./dom.js"
import { Region } from "./region.js"

const AWAY_MAX = 30

export class MemberList extends Region {
  #account
  #onManage
  #rows = new Map() // user_id → the row of somebody who is here
  #language

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
    this.#showHere(sorted)
    const away = members.away(AWAY_MAX)
    part(this.element, "away-title").hidden = away.length === 0
    part(this.element, "away").replaceChildren(...away.map((person) => this.#awayRow(person)))
  }

  // A row is built once for each person: the focus in it outlives who comes and goes.
  #showHere(members) {
    const known = this.#language === this.words.language ? this.#rows : new Map()
    this.#language = this.words.language
    this.#rows = new Map(members.map(({ user_id: id }) => [id, known.get(id) ?? this.#row(id)]))
    for (const member of members) this.#write(this.#rows.get(member.user_id), member)
    arrange(part(this.element, "list"), [...this.#rows.values()])
  }

  #row(userId) {
    const row = cloned("member", this.words)
    part(row, "decide").addEventListener("click", () => this.#onManage(userId))
    return row
  }

  #write(row, member) {
    paintAvatar(part(row, "avatar"), member)
    write(part(row, "name"), member.username)
    part(row, "me").hidden = member.user_id !== this.session.person.userId
    part(row, "role").hidden = this.session.members.roleOf(member.user_id) !== "guest"
    this.#offerDecision(part(row, "decide"), member)
  }

  #offerDecision(button, { user_id, username }) {
    const myId = this.session.person.userId
    button.hidden = user_id === myId || !this.#mayDecide(myId, user_id)
    button.setAttribute("aria-label", this.words.say("manage.more", { name: username }))
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
