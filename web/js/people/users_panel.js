// All accounts, for the server's owner: inviting, switching off and on, new passwords.

import { paintAvatar } from "../ui/avatar.js"
import { cloned, part } from "../ui/dom.js"
import { Doing } from "./doing.js"
import { FindField } from "./find_field.js"
import { offerTerms } from "./link_terms.js"
import { moment } from "./moments.js"
import { ShownOnce } from "./shown_once.js"
import { onceSure } from "./sure.js"

const USES_MAX = 100

export class UsersPanel {
  #element
  #words
  #desk
  #form
  #doing
  #made
  #find

  constructor({ element, words, desk }) {
    this.#element = element
    this.#words = words
    this.#desk = desk
    this.#form = part(element, "invite-form")
    this.#doing = new Doing({ words, form: element })
    this.#made = new ShownOnce({ element: part(element, "made"), words })
    const { lasts_s: lasts, uses } = this.#form.elements
    offerTerms(words, { lasts, uses, usesMax: USES_MAX })
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault()
      this.#invite()
    })
    this.#find = new FindField({ element, words, onInput: () => this.render() })
  }

  load() {
    return this.#desk.loadUsers()
  }

  render() {
    const found = this.#find.among(this.#desk.users)
    part(this.#element, "users-list").replaceChildren(...found.map((user) => this.#row(user)))
  }

  #row(user) {
    const row = cloned("user", this.#words)
    const isMe = user.user_id === this.#desk.me.user_id
    paintAvatar(part(row, "avatar"), user)
    part(row, "name").textContent = user.username
    part(row, "me").hidden = !isMe
    part(row, "owner").hidden = !user.is_owner
    row.classList.toggle("is-off", user.is_disabled)
    const since = this.#words.say("users.since", { moment: moment(this.#words, user.created_at) })
    part(row, "state").textContent = user.is_disabled ? `${this.#words.say("users.off")} · ${since}` : since
    part(row, "reset").hidden = isMe || user.is_disabled
    part(row, "reset").addEventListener("click", () => this.#reset(user))
    this.#offerSwitch(part(row, "switch"), user, isMe)
    return row
  }

  // Switching on needs no second thought.
  #offerSwitch(button, user, isMe) {
    button.hidden = isMe
    button.textContent = this.#words.say(user.is_disabled ? "users.enable" : "users.disable")
    const change = () => this.#switch(user, !user.is_disabled)
    if (user.is_disabled) button.addEventListener("click", change)
    else onceSure(button, this.#words, change)
  }

  async #switch({ user_id }, isDisabled) {
    if (await this.#doing.run(() => this.#desk.setDisabled(user_id, isDisabled))) this.#element.focus()
  }

  #invite() {
    const { lasts_s, uses } = this.#form.elements
    const wanted = { lasts_s: Number(lasts_s.value), uses: Number(uses.value) }
    return this.#show(() => this.#desk.inviteUsers(wanted), this.#words.say("manage.invite.once"))
  }

  #reset({ user_id, username }) {
    return this.#show(() => this.#desk.resetLink(user_id), this.#words.say("users.reset.made", { name: username }))
  }

  async #show(work, sentence) {
    await this.#doing.run(async () => {
      const { path, qr } = await work()
      part(this.#element, "what").textContent = sentence
      this.#made.show(location.origin + path, qr)
    })
  }
}
