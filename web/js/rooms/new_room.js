// Making a room. Two may have the same name: whoever is about to make another one is told,
// and shown the way to the one that is there.

import { part, region, sayAll } from "../ui/dom.js"
import { RoomForm } from "./room_form.js"
import { tidy } from "./wish.js"

export class NewRoom {
  #element = region("new-room")
  #form = part(this.#element, "form")
  #fields
  #words
  #directory
  #make
  #go

  // `make(facts)` resolves to the room; `go(slug)` leads to one.
  constructor({ words, directory, make, go }) {
    this.#words = words
    this.#directory = directory
    this.#make = make
    this.#go = go
    this.#fields = new RoomForm({ element: this.#form, words })
    part(this.#element, "private").addEventListener("change", () => this.#showReach())
    this.#form.addEventListener("submit", this.#submitted)
    part(this.#element, "name").addEventListener("input", () => this.#showTwin())
    part(this.#element, "twin-link").addEventListener("click", () => this.#element.close())
    part(this.#element, "cancel").addEventListener("click", () => this.#element.close())
    words.addEventListener("change", () => this.#element.open && this.#say())
  }

  // `isBelieved`: names are, so there is nobody who could be kept out.
  open({ isBelieved }) {
    if (document.querySelector("dialog[open]")) return
    this.#fields.fill({})
    part(this.#element, "private").checked = false
    part(this.#element, "visibility").hidden = isBelieved
    this.#say()
    this.#element.showModal()
    part(this.#element, "name").focus()
  }

  #say() {
    sayAll(this.#element, this.#words)
    this.#showReach()
    this.#showTwin()
  }

  get #isPrivate() {
    return part(this.#element, "private").checked
  }

  // Who can see it and come in.
  #showReach() {
    const key = this.#isPrivate ? "room_form.private_reach" : "room_form.public_reach"
    part(this.#element, "reach").textContent = this.#words.say(key)
  }

  #showTwin() {
    const [twin] = this.#directory.called(this.#fields.wish.name, this.#words.locale)
    part(this.#element, "twin").hidden = !twin
    if (!twin) return
    part(this.#element, "twin-text").textContent = this.#words.say("new_room.twin", { name: twin.name })
    const link = part(this.#element, "twin-link")
    link.href = `/rooms/${encodeURIComponent(twin.slug)}`
    link.dataset.roomLink = twin.slug
  }

  #submitted = async (event) => {
    event.preventDefault()
    const { name, description } = this.#fields.wish
    const facts = { name: tidy(name), description: tidy(description), private: this.#isPrivate }
    let room = null
    const isDone = await this.#fields.submit(async () => {
      room = await this.#make(facts)
    })
    if (!isDone) return
    this.#directory.add({ ...room, private: facts.private })
    this.#element.close()
    this.#go(room.slug)
  }
}
