// Tokens for programs: which rooms, which rights, how long; shown once, and taken back.

import { cloned, part } from "../ui/dom.js"
import { Doing } from "./doing.js"
import { moment, span } from "./moments.js"
import { offer } from "./options.js"
import { ShownOnce } from "./shown_once.js"
import { onceSure } from "./sure.js"

const LASTS_S = [604_800, 2_592_000, 7_776_000, 31_536_000]

export class TokensPanel {
  #element
  #words
  #desk
  #form
  #doing
  #made

  constructor({ element, words, desk }) {
    this.#element = element
    this.#words = words
    this.#desk = desk
    this.#form = part(element, "token-form")
    this.#doing = new Doing({ words, form: this.#form })
    this.#made = new ShownOnce({ element: part(element, "made"), words })
    const lasts = LASTS_S.map((each_s) => [each_s, span(words, each_s)])
    offer(this.#form.elements.lasts_s, [...lasts, ["", words.say("account.token.no_end")]], 7_776_000)
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault()
      this.#make()
    })
    this.#form.addEventListener("change", () => this.#foldRooms())
  }

  load() {
    return this.#desk.loadTokens()
  }

  render() {
    const { tokens, rooms } = this.#desk
    part(this.#element, "tokens-list").replaceChildren(...tokens.map((each) => this.#row(each)))
    part(this.#element, "no-tokens").hidden = tokens.length > 0
    const choices = part(this.#form, "rooms")
    if (choices.childElementCount === 0) choices.replaceChildren(...rooms.map((room) => this.#choice(room)))
    this.#foldRooms()
  }

  #foldRooms() {
    part(this.#form, "rooms").hidden = this.#form.elements.where.value === "all"
  }

  #choice({ slug, name }) {
    const choice = cloned("room-choice", this.#words)
    part(choice, "name").textContent = name
    choice.querySelector("input").value = slug
    return choice
  }

  #row({ id, label, rights, roomNames, used_at, created_at, expires_at }) {
    const row = cloned("token", this.#words)
    part(row, "name").textContent = label
    const said = rights.map((right) => this.#words.say(`account.right.${right}`))
    const where = roomNames ? this.#words.list(roomNames) : this.#words.say("account.token.all_rooms")
    part(row, "what").textContent = `${this.#words.list(said)} · ${where}`
    const isUsed = used_at !== created_at
    part(row, "when").textContent = [
      isUsed ? this.#words.say("account.token.used", { moment: moment(this.#words, used_at) }) : this.#words.say("account.token.unused"),
      expires_at ? this.#words.say("account.token.until", { moment: moment(this.#words, expires_at) }) : "",
    ].filter(Boolean).join(" · ")
    onceSure(part(row, "take-back"), this.#words, () => this.#takeBack(id))
    return row
  }

  async #make() {
    const { name, lasts_s, where } = this.#form.elements
    const chosen = (field) => [...this.#form.querySelectorAll(`[name="${field}"]:checked`)].map(({ value }) => value)
    const rights = chosen("rights")
    const rooms = where.value === "all" ? null : chosen("rooms")
    const say = (key) => this.#words.say(`account.token.${key}`)
    if (name.value.trim() === "") return this.#doing.complain(say("no_name"), "name")
    if (rights.length === 0) return this.#doing.complain(say("no_rights"), "rights")
    if (rooms?.length === 0) return this.#doing.complain(say("no_rooms"), "where")
    const wanted = { name: name.value.trim(), rights, rooms, lasts_s: Number(lasts_s.value) || null }
    const isMade = await this.#doing.run(async () => this.#made.show(await this.#ask(wanted)))
    if (!isMade) return
    name.value = ""
    await this.#doing.run(() => this.load())
  }

  // The server says "username" for a program's name, too.
  async #ask(wanted) {
    try {
      return await this.#desk.makeToken(wanted)
    } catch (error) {
      if (error.field === "username") Object.assign(error, { field: "name", code: "name_refused" })
      throw error
    }
  }

  async #takeBack(id) {
    if (await this.#doing.run(() => this.#desk.takeBackToken(id))) this.#element.focus()
  }
}
