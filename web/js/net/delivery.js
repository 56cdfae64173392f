// Empties an outbox into a connection while it is this tab's turn: one entry at a time,
// in order, each until the server has said yes or no.

import { backoff_ms } from "./backoff.js"
import { frameOf } from "./wire.js"

const ANSWER_WITHIN_MS = 15_000

export class Delivery {
  #outbox
  #send
  #turn
  #timers
  #random
  #underWay = null // client_id
  #timer
  #isPaused = true
  #refusals = 0

  constructor({ outbox, send, turn, timers, random = Math.random }) {
    this.#outbox = outbox
    this.#send = send
    this.#turn = turn
    this.#timers = timers
    this.#random = random
  }

  start() {
    this.#isPaused = false
    this.#underWay = null
    this.pump()
  }

  // The connection is gone: whatever was under way may or may not be stored. It is
  // sent again with the same `client_id`.
  pause() {
    this.#isPaused = true
    this.#underWay = null
    this.#timers.clearTimeout(this.#timer)
  }

  pump() {
    const entry = this.#outbox.next
    if (this.#isPaused || this.#underWay || !entry || !this.#turn.isMine) return
    if (!this.#send(frameOf(entry))) return
    this.#underWay = entry.client_id
    this.#wait(ANSWER_WITHIN_MS)
  }

  // Stored. Returns the entry, or null if it isn't one of ours.
  confirmed(clientId) {
    const entry = this.#outbox.remove(clientId)
    if (this.#underWay === clientId) this.#refusals = 0
    this.#free(clientId)
    return entry
  }

  refused({ client_id, code, message, retryable, retry_after_ms }) {
    // A mute may last for ever, and whoever wrote may think better of it meanwhile.
    if (retryable && code !== "muted") {
      if (this.#underWay !== client_id) return
      this.#wait(retry_after_ms ?? 500 + backoff_ms(++this.#refusals, this.#random))
      return
    }
    if (this.#outbox.isLost(client_id, code)) this.#outbox.remove(client_id)
    else this.#outbox.fail(client_id, { code, message })
    this.#free(client_id)
  }

  #free(clientId) {
    if (this.#underWay !== clientId) return
    this.#timers.clearTimeout(this.#timer)
    this.#underWay = null
    this.pump()
  }

  #wait(delay_ms) {
    this.#timers.clearTimeout(this.#timer)
    this.#timer = this.#timers.setTimeout(() => {
      this.#underWay = null
      this.pump()
    }, delay_ms)
  }
}
