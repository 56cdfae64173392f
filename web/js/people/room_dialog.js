// The people of a room, how it is used, the links into it, and who decided what.

import { part, region, sayAll } from "../ui/dom.js"
import { PeopleList } from "./people_list.js"
import { Requests } from "./requests.js"
import { RoomDesk } from "./room_desk.js"
import { Tabs } from "./tabs.js"

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
    const panels = Object.fromEntries(["people"].map((name) => [name, part(this.#element, name)]))
    this.#tabs = new Tabs({ element: part(this.#element, "tabs"), panels, onShow: (name) => this.#showing(name) })
    part(this.#element, "close").addEventListener("click", () => this.#element.close())
    this.#element.addEventListener("click", ({ target }) => {
      if (target === this.#element) this.#element.close() // its backdrop
    })
    words.addEventListener("change", () => this.#element.open && this.#render())
  }

  // `session`: the stay in the room that it is about.
  async open({ session }) {
    const { ref, room, person } = session
    const asWhom = () => (this.#account.isOpen ? new URLSearchParams({ user_id: person.userId, username: person.username }).toString() : "")
    this.#desk = new RoomDesk({ requests: new Requests({ fetch: this.#fetch, asWhom }), room: ref, myId: person.userId })
    const tell = (sentence) => (part(this.#element, "told").textContent = sentence)
    const common = { words: this.#words, desk: this.#desk, tell }
    this.#views = { people: new PeopleList({ ...common, element: part(this.#element, "people"), myId: person.userId }) }
    sayAll(this.#element, this.#words)
    part(this.#element, "title").textContent = room?.name ?? ref
    tell("")
    this.#desk.addEventListener("change", () => this.#render())
    if (!this.#element.open) this.#element.showModal()
    await this.#load(() => this.#desk.load())
    this.#tabs.show("people")
  }

  async #load(work) {
    const problem = part(this.#element, "failed")
    problem.hidden = true
    this.#element.ariaBusy = "true"
    try {
      await work()
    } catch (error) {
      if (!error.code) throw error
      problem.textContent = this.#words.refusal(error)
      problem.hidden = false
    }
    this.#element.ariaBusy = "false"
  }

  #showing(name) {
    this.#shown = name
    this.#render()
  }

  #render() {
    this.#tabs.offer(Object.keys(this.#views))
    this.#views[this.#shown].render()
  }
}
