// What a person wants to be told of while they look elsewhere, room by room: "all",
// "mentions" or "none". Nothing, until they have asked for it.

import { isMentioned } from "../helpers/mentions.js"

const PREFIX = "roomserver.notify/"
export const LEVELS = ["all", "mentions", "none"]

export class NotifyLevels extends EventTarget {
  #shelf

  constructor(shelf) {
    super()
    this.#shelf = shelf
  }

  of(room) {
    const level = this.#shelf.get(PREFIX + room)
    return LEVELS.includes(level) ? level : "none"
  }

  set(room, level) {
    this.#shelf.put(PREFIX + room, level)
    this.dispatchEvent(new Event("change"))
  }

  wants(message, { room, person }) {
    if (message.user_id === person.userId) return false
    const level = this.of(room)
    return level === "all" || (level === "mentions" && isMentioned(message, person))
  }
}
