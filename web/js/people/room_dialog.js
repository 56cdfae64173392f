// The people of a room, how it is used, the links into it, and who decided what.

import { part, region, sayAll } from "../ui/dom.js"
import { AuditLog } from "./audit_log.js"
import { InvitationsPanel } from "./invitations_panel.js"
import { PeopleList } from "./people_list.js"
import { Requests } from "./requests.js"
import { RoomDesk } from "./room_desk.js"
import { SettingsForm } from "./settings_form.js"
import { Tabs } from "./tabs.js"

const VIEWS = { people: PeopleList, settings: SettingsForm, invitations: InvitationsPanel, audit: AuditLog }

export class RoomDialog {
  #element = region("manage")
  #words
  #account
  #fetch
  #desk = null
  #views = {}
  #shown = "people"
  #tabs

  constructor({ words, account, fetch }) {
    this.#words = words
    this.#account = account
    this.#fetch = fetch
    const panels = Object.fromEntries(Object.keys(VIEWS).map((name) => [name, part(this.#element, name)]))
    this.#tabs = new Tabs({ element: part(this.#element, "tabs"), panels, onShow: (name) => this.#show(name) })
    part(this.#element, "close").addEventListener("click", () => this.#element.close())
    this.#element.addEventListener("click", ({ target }) => {
      if (target === this.#element) this.#element.close() // its backdrop
    })
  }

  // `session`: the stay in the room that it is about; `userId`: about whom to decide, if known.
  async open(session, userId) {
    const { ref, room, person } = session
    const desk = new RoomDesk({ requests: this.#requestsOf(person), room: ref, myId: person.userId })
    this.#desk = desk
    sayAll(this.#element, this.#words)
    part(this.#element, "title").textContent = room?.name ?? ref
    this.#tabs.hide() // whatever is there is of the room before
    this.#shown = "people"
    this.#views = this.#viewsOf(desk, person.userId)
    desk.addEventListener("change", () => this.#desk === desk && this.#render())
    this.#tell("")
    this.#element.showModal()
    await this.#load(() => desk.load())
    if (this.#desk !== desk) return // another room was opened meanwhile
    this.#tabs.show("people")
    this.#views.people.unfold(userId)
  }

  #requestsOf({ userId, username }) {
    const query = new URLSearchParams({ user_id: userId, username }).toString()
    return new Requests({ fetch: this.#fetch, asWhom: () => (this.#account.isOpen ? query : "") })
  }

  #viewsOf(desk, myId) {
    const ways = { tell: (sentence) => this.#tell(sentence), attempt: (work) => this.#load(work) }
    const common = { words: this.#words, account: this.#account, desk, myId, ...ways }
    const views = Object.entries(VIEWS).map(([name, View]) => [
      name,
      new View({ ...common, element: part(this.#element, name) }),
    ])
    return Object.fromEntries(views)
  }

  // Links lead to a page that only a server of accounts has.
  get #offered() {
    const desk = this.#desk
    const isOffered = {
      people: true,
      settings: desk.maySet,
      invitations: desk.may("invite") && this.#account.hasAccounts,
      audit: desk.may("see_audit"),
    }
    return Object.keys(VIEWS).filter((name) => isOffered[name])
  }

  async #load(work) {
    const desk = this.#desk
    const problem = part(this.#element, "failed")
    problem.hidden = true
    this.#element.ariaBusy = "true"
    try {
      await work()
    } catch (error) {
      if (!error.code) throw error
      if (this.#desk !== desk) return // another room's by now
      problem.textContent = this.#words.refusal(error)
      problem.hidden = false
    }
    this.#element.ariaBusy = "false"
  }

  async #show(name) {
    this.#shown = name
    this.#render()
    const view = this.#views[name]
    if (view.load) await this.#load(() => view.load())
  }

  #render() {
    this.#tabs.offer(this.#offered)
    this.#views[this.#shown].render()
  }

  #tell(sentence) {
    part(this.#element, "told").textContent = sentence
  }
}
