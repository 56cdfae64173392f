// What stands above the first row: that it is loading, that there is more, or that this
// is where the room begins.

import { part, write } from "./dom.js"

export class TimelineTop {
  #element
  #words

  constructor({ element, words }) {
    this.#element = element
    this.#words = words
  }

  show({ log, room, ref, state }, firstShown) {
    const isUnknown = log.completeTo === null
    const isUnreached = isUnknown && state.name === "waiting"
    const isLoading = isUnknown && !isUnreached && state.name !== "stopped"
    const isBeginning = !log.hasOlder && firstShown === log.messages[0]
    const beginning = part(this.#element, "beginning")
    part(this.#element, "loading").hidden = !isLoading
    part(this.#element, "unreached").hidden = !isUnreached
    part(this.#element, "top").hidden = !firstShown
    part(this.#element, "older").hidden = isBeginning
    beginning.hidden = !isBeginning
    write(beginning, this.#words.say("timeline.beginning", { name: room?.name ?? ref }))
  }
}
