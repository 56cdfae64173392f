// What the page asks a person: a name to be known by.

import { problemWithName } from "../helpers/names.js"

export class Questions {
  #words
  #ask
  #person

  constructor({ words, ask, person }) {
    this.#words = words
    this.#ask = ask
    this.#person = person
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
}
