// Who is here.

import { paintAvatar } from "./avatar.js"
import { cloned, part, region } from "./dom.js"
import { Region } from "./region.js"

export class MemberList extends Region {
  constructor({ words }) {
    super({ element: region("members"), words })
  }

  connect() {
    this.on(this.session.members, "change", () => this.render())
  }

  render() {
    const { members, person } = this.session
    const sorted = members.sorted({ myId: person.userId, locale: this.words.locale })
    part(this.element, "count").textContent = members.count || ""
    part(this.element, "list").replaceChildren(...sorted.map((member) => this.#row(member)))
  }

  #row(member) {
    const row = cloned("member", this.words)
    paintAvatar(part(row, "avatar"), member)
    part(row, "name").textContent = member.username
    part(row, "me").hidden = member.user_id !== this.session.person.userId
    return row
  }
}
