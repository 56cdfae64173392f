// The links into a room: making one, handing it on, taking it back.

import { cloned, part } from "../ui/dom.js"
import { Doing } from "./doing.js"
import { offerTerms } from "./link_terms.js"
import { moment } from "./moments.js"
import { offer } from "./options.js"
import { ShownOnce } from "./shown_once.js"

const USES_MAX = 1_000

export class InvitationsPanel {
  #element
  #words
  #desk
  #tell
  #doing
  #form
  #made

  constructor({ element, words, desk, tell, account }) {
    this.#element = element
    this.#words = words
    this.#desk = desk
    this.#tell = tell
    this.#form = part(element, "invite-form")
    this.#doing = new Doing({ words, form: this.#form })
    const roles = account.hasGuests ? ["guest", "member"] : ["member"]
    const { role, lasts_s: lasts, uses_max: uses } = this.#form.elements
    offer(role, roles.map((each) => [each, words.say(`manage.invite.${each}`)]))
    offerTerms(words, { lasts, uses, usesMax: USES_MAX })
    this.#form.onsubmit = (event) => {
      event.preventDefault()
      this.#make()
    }
    this.#doing.complain("")
    this.#made = new ShownOnce({ element: part(element, "made"), words })
  }

  load() {
    return this.#desk.loadInvitations()
  }

  render() {
    const { invitations } = this.#desk
    part(this.#element, "invitations").replaceChildren(...invitations.map((each) => this.#row(each)))
    part(this.#element, "no-invitations").hidden = invitations.length > 0
  }

  #row({ id, role, by, expires_at, uses, uses_max }) {
    const row = cloned("invitation", this.#words)
    part(row, "role").textContent = this.#words.say(`role.${role}`)
    part(row, "by").textContent = this.#words.say("manage.invite.by", { name: by.username })
    const until = moment(this.#words, expires_at)
    part(row, "left").textContent = this.#words.say("manage.invite.left", { count: uses_max - uses, until })
    part(row, "take-back").addEventListener("click", () => this.#takeBack(id))
    return row
  }

  async #make() {
    const { role, lasts_s, uses_max } = this.#form.elements
    const wanted = { role: role.value, lasts_s: Number(lasts_s.value), uses_max: Number(uses_max.value) }
    const isMade = await this.#doing.run(async () => this.#show(await this.#desk.invite(wanted)))
    if (isMade) await this.#doing.run(() => this.load())
  }

  #show({ url, qr }) {
    this.#made.show(url, qr)
    this.#tell(this.#words.say("manage.invite.made"))
  }

  async #takeBack(id) {
    const isGone = await this.#doing.run(() => this.#desk.takeBack(id))
    if (!isGone) return
    this.#tell(this.#words.say("manage.invite.taken_back"))
    this.#element.focus()
  }
}
