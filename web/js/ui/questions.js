// What the page asks a person: a name to be known by, and the name of a new room.

import { problemWithName } from "../helpers/names.js"

export class Questions {
  #words
  #ask
  #person
  #api

  constructor({ words, ask, person, api }) {
    this.#words = words
    this.#ask = ask
    this.#person = person
    this.#api = api
  }

  // `problem`: what the server had against the name so far.
  myName(problem = "") {
    return this.#ask.ask({
      about: "name",
      value: this.#person.username,
      mayCancel: this.#person.isNamed && !problem,
      problem,
      accept: (name) => {
        const key = problemWithName(name)
        if (key) return this.#words.say(key)
        this.#person.rename(name)
      },
    })
  }

  // Resolves to the room, or null.
  async newRoom() {
    let room = null
    await this.#ask.ask({
      about: "new_room",
      accept: async (name) => {
        try {
          room = await this.#api.createRoom(name)
        } catch (problem) {
          return this.#words.refusal(problem)
        }
      },
    })
    return room
  }
}
