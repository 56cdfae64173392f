// What a room is about, and what may be done with it: rename, describe, archive and restore.
// Whoever may not do so reads it.

import { part, region, sayAll } from "../ui/dom.js"
import { RoomForm } from "./room_form.js"
import { changesTo } from "./wish.js"

export class AboutRoom {
  #element = region("about-room")
  #form = part(this.#element, "form")
  #fields
  #words
  #api
  #tell
  #receipts
  #session = null
  #room = null
  #may = new Set()
  #isAsking = false // whether it is to be archived

  // `api`: {room(ref), change(ref, facts)}; `tell(sentence)` says why it doesn't open.
  constructor({ words, api, tell, receipts, onConnect }) {
    this.#words = words
    this.#api = api
    this.#tell = tell
    this.#receipts = receipts
    this.#fields = new RoomForm({ element: this.#form, words })
    this.#form.addEventListener("submit", this.#submitted)
    this.#on("archive", () => this.#ask(true))
    this.#on("keep", () => this.#ask(false))
    this.#on("do-archive", () => this.#archive(true))
    this.#on("restore", () => this.#archive(false))
    this.#on("connect", () => {
      this.#element.close()
      onConnect()
    })
    for (const name of ["close", "cancel"]) this.#on(name, () => this.#element.close())
    this.#element.addEventListener("click", ({ target }) => target === this.#element && this.#element.close())
    part(this.#element, "receipts").addEventListener("change", ({ target }) => receipts.set(this.#session.ref, target.checked))
    words.addEventListener("change", () => this.#element.open && this.#render())
  }

  async open(session) {
    if (document.querySelector("dialog[open]")) return
    const { ref } = session
    try {
      this.#room = await this.#api.room(ref)
    } catch (refusal) {
      return this.#tell(this.#words.refusal(refusal))
    }
    this.#session = session
    this.#may = new Set(this.#room.may)
    this.#isAsking = false
    this.#fields.fill(this.#room)
    this.#render()
    this.#element.showModal()
  }

  #on(name, act) {
    part(this.#element, name).addEventListener("click", act)
  }

  #render() {
    const { name, description, archived, private: isPrivate } = this.#room
    sayAll(this.#element, this.#words)
    const show = (part_name, isShown) => (part(this.#element, part_name).hidden = !isShown)
    const say = (part_name, key) => (part(this.#element, part_name).textContent = this.#words.say(key, { name }))
    const mayName = this.#may.has("rename")
    const mayDescribe = this.#may.has("describe")
    part(this.#element, "title").textContent = this.#isAsking ? this.#words.say("about.archive_title", { name }) : name
    part(this.#element, "about").textContent = description
    show("about", description && !mayDescribe && !this.#isAsking)
    say("state", archived ? "about.archived" : isPrivate ? "room_form.private_reach" : "room_form.public_reach")
    show("state", !this.#isAsking)
    show("form", (mayName || mayDescribe) && !this.#isAsking)
    show("name-field", mayName)
    show("description-field", mayDescribe)
    show("more", !this.#isAsking)
    show("archive", this.#may.has("archive") && !archived)
    show("restore", this.#may.has("archive") && archived)
    show("sure", this.#isAsking)
    say("do-archive", "about.archive_do")
    part(this.#element, "receipts").checked = this.#receipts.areShown(this.#session.ref)
    part(this.#element, "archive-problem").textContent = ""
  }

  #ask(isAsking) {
    this.#isAsking = isAsking
    this.#render()
    part(this.#element, isAsking ? "keep" : "archive").focus()
  }

  #submitted = async (event) => {
    event.preventDefault()
    const changes = changesTo(this.#room, this.#fields.wish)
    const isDone = await this.#fields.submit(async () => {
      if (Object.keys(changes).length > 0) await this.#api.change(this.#session.ref, changes)
    })
    if (isDone) this.#element.close()
  }

  async #archive(archived) {
    try {
      await this.#api.change(this.#session.ref, { archived })
      this.#element.close()
    } catch (refusal) {
      const sentence = refusal.code === "forbidden" ? this.#words.say("room_form.forbidden") : this.#words.refusal(refusal)
      part(this.#element, "archive-problem").textContent = sentence
    }
  }
}
