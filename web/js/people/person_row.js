// One person of a room: what they are, and what may be done about them.

import { paintAvatar } from "../ui/avatar.js"
import { cloned, part } from "../ui/dom.js"
import { Doing } from "./doing.js"
import { isForever, moment, span } from "./moments.js"
import { offer } from "./options.js"
import { ROLES } from "./ranks.js"

const SPANS_S = [900, 3_600, 86_400, 604_800]
const ALARMING = new Set(["ban", "kick"])

export class PersonRow {
  #words
  #desk
  #person
  #onDone
  #doing

  // `onDone(sentence)`: something was decided, and the list is about to be drawn anew.
  constructor({ words, desk, person, isMe, onDone }) {
    this.#words = words
    this.#desk = desk
    this.#person = person
    this.#onDone = onDone
    this.element = cloned("person", words)
    paintAvatar(part(this.element, "avatar"), person)
    part(this.element, "name").textContent = person.username
    part(this.element, "me").hidden = !isMe
    this.#describe()
    this.#offerActions()
  }

  get opener() {
    return part(this.element, "more")
  }

  #describe() {
    const { role, online, mutedUntil_ms, bannedUntil_ms } = this.#person
    const tag = part(this.element, "role")
    tag.textContent = role === "member" ? "" : this.#words.say(`role.${role}`)
    tag.dataset.role = role
    part(this.element, "here").hidden = !online
    const states = [
      mutedUntil_ms && this.#until("muted", mutedUntil_ms),
      bannedUntil_ms && this.#until("banned", bannedUntil_ms),
    ]
    part(this.element, "state").textContent = states.filter(Boolean).join(" · ")
  }

  #until(what, at_ms) {
    if (isForever(at_ms)) return this.#words.say(`manage.${what}.forever`)
    return this.#words.say(`manage.${what}.until`, { moment: moment(this.#words, at_ms) })
  }

  #offerActions() {
    const { can, username } = this.#person
    this.opener.hidden = can.length === 0
    this.opener.setAttribute("aria-label", this.#words.say("manage.more", { name: username }))
    this.opener.addEventListener("click", () => this.#toggle())
    part(this.element, "actions").replaceChildren(...can.map((action) => this.#button(action)))
    const form = part(this.element, "form")
    this.#doing = new Doing({ words: this.#words, form: part(this.element, "drawer") })
    part(form, "cancel").addEventListener("click", () => this.#close())
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || part(this.element, "drawer").hidden) return
      event.preventDefault() // the dialog stays
      event.stopPropagation()
      this.#close()
    })
  }

  #button(action) {
    const button = document.createElement("button")
    button.type = "button"
    button.className = "button button--small"
    button.textContent = this.#words.say(`manage.${action}`)
    button.addEventListener("click", () => this.#ask(action))
    return button
  }

  unfold() {
    if (this.opener.hidden) return
    this.#show("actions")
    part(this.element, "actions").querySelector("button").focus()
  }

  #toggle() {
    if (part(this.element, "drawer").hidden) this.unfold()
    else this.#close()
  }

  #show(name) {
    part(this.element, "drawer").hidden = false
    this.opener.ariaExpanded = "true"
    for (const each of ["actions", "form"]) part(this.element, each).hidden = each !== name
    part(this.element, "drawer").scrollIntoView({ block: "nearest" })
  }

  #close() {
    part(this.element, "drawer").hidden = true
    this.opener.ariaExpanded = "false"
    this.opener.focus()
  }

  // What is taken back needs no reason, and no second thought.
  #ask(action) {
    if (action === "unmute" || action === "unban") return this.#takeBack(action)
    const form = part(this.element, "form")
    const say = (key) => this.#words.say(`manage.${action}.${key}`, { name: this.#person.username })
    part(form, "lead").textContent = say("lead")
    part(form, "submit").textContent = say("go")
    part(form, "submit").classList.toggle("button--alarm", ALARMING.has(action))
    const hasChoice = action !== "kick"
    part(form, "choice").closest(".field").hidden = !hasChoice
    if (hasChoice) this.#offerChoice(action)
    form.onsubmit = (event) => {
      event.preventDefault()
      this.#carryOut(action)
    }
    this.#doing.complain("")
    this.#show("form")
    part(form, hasChoice ? "choice" : "reason").focus()
  }

  #offerChoice(action) {
    const select = part(this.element, "choice")
    part(this.element, "choice-label").textContent = this.#words.say(`manage.${action}.choice`)
    if (action === "set_role") {
      const roles = ROLES.map((role) => [role, this.#words.say(`role.${role}`)])
      return offer(select, roles, ROLES.includes(this.#person.role) ? this.#person.role : "member")
    }
    const spans = SPANS_S.map((span_s) => [span_s, span(this.#words, span_s)])
    offer(select, [...spans, ["forever", this.#words.say("manage.forever")]], action === "ban" ? "forever" : 3_600)
  }

  #carryOut(action) {
    const chosen = part(this.element, "choice").value
    const reason = part(this.element, "reason").value.trim()
    const lasts_s = chosen === "forever" ? null : Number(chosen)
    const work = {
      mute: () => this.#desk.mute(this.#person.user_id, { lasts_s, reason }),
      ban: () => this.#desk.ban(this.#person.user_id, { lasts_s, reason }),
      kick: () => this.#desk.kick(this.#person.user_id, { reason }),
      set_role: () => this.#desk.setRole(this.#person.user_id, { role: chosen, reason }),
    }[action]
    return this.#run(action, work)
  }

  #takeBack(action) {
    const change = { lasts_s: 0, reason: "" }
    const { user_id: id } = this.#person
    return this.#run(action, () => (action === "unmute" ? this.#desk.mute(id, change) : this.#desk.ban(id, change)))
  }

  async #run(action, work) {
    const isDone = await this.#doing.run(work)
    if (isDone) this.#onDone(this.#words.say(`manage.${action}.done`, { name: this.#person.username }))
  }
}
