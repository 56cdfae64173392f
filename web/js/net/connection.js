// One socket that comes back. No DOM; the socket, the timers and chance are passed in.
//
//   idle → connecting → open → waiting → connecting → …
//                         ╰──────→ stopped (only `retryNow` leads on)
//
// Tells "state" on every change, and "frame" for each decoded frame. It is open
// from the server's first word, `connected`, on: an upgrade alone proves nothing.

import { backoff_ms } from "./backoff.js"
import { afterClose } from "./closing.js"
import { decode, frames } from "./wire.js"

const FIRST_WORD_WITHIN_MS = 10_000
const QUIET_AFTER_MS = 25_000 // proxies drop a silent connection after 60 s
const PONG_WITHIN_MS = 8_000
const SETTLED_AFTER_MS = 5_000 // a connection that held so long forgets earlier failures

export class Connection extends EventTarget {
  #address
  #openSocket
  #timers
  #random
  #now
  #socket = null
  #timer
  #state = { name: "idle" }
  #attempt = 0
  #hint_ms = 0
  #openedAt_ms = 0
  #refusal = null // the last thing the server said, if that was why it won't go on

  constructor({ address, openSocket, timers, random = Math.random, now = Date.now }) {
    super()
    this.#address = address
    this.#openSocket = openSocket
    this.#timers = timers
    this.#random = random
    this.#now = now
  }

  get state() {
    return this.#state
  }

  get isOpen() {
    return this.#state.name === "open"
  }

  open() {
    this.#drop()
    this.#refusal = null
    const socket = this.#openSocket(this.#address())
    this.#socket = socket
    socket.onmessage = ({ data }) => this.#received(data)
    socket.onclose = ({ code }) => this.#closed(code)
    this.#wait(FIRST_WORD_WITHIN_MS, () => this.#closed())
    const { code, refusal } = this.#state // why it is tried again
    this.#become({ name: "connecting", attempt: this.#attempt, code, refusal })
  }

  close() {
    this.#drop()
    this.#attempt = 0
    this.#become({ name: "idle" })
  }

  // Somebody pressed "Now".
  retryNow() {
    if (this.#state.name === "waiting" || this.#state.name === "stopped") this.open()
  }

  // The network is back, or the page is looked at: worth a try, unless there is no use in it.
  wakeUp() {
    if (this.#state.name === "waiting") this.open()
    else if (this.isOpen) this.#probe()
  }

  // The server told when to come back (`draining`).
  comeBackAfter(hint_ms) {
    this.#hint_ms = hint_ms
  }

  send(text) {
    if (this.isOpen) this.#socket.send(text)
    return this.isOpen
  }

  #received(text) {
    const frame = decode(text)
    if (!frame) return
    if (frame.type === "connected" && !this.isOpen) {
      this.#openedAt_ms = this.#now()
      this.#become({ name: "open" })
    }
    this.#refusal = frame.type === "error" && !frame.data.client_id ? frame.data : null
    if (this.isOpen) this.#wait(QUIET_AFTER_MS, () => this.#probe())
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }))
  }

  // Whatever comes is an answer; silence is an end that nobody told us of.
  #probe() {
    this.#socket.send(frames.ping())
    this.#wait(PONG_WITHIN_MS, () => this.#closed())
  }

  #closed(code = 1006) {
    const wasOpen = this.isOpen
    const held = wasOpen && this.#now() - this.#openedAt_ms >= SETTLED_AFTER_MS
    if (held) this.#attempt = 0
    this.#drop()
    const refusal = this.#refusal
    const { stop, pause_ms } = afterClose(code, refusal)
    if (stop) return this.#become({ name: "stopped", why: stop, refusal, wasOpen })
    const delay_ms = this.#hint_ms + pause_ms + backoff_ms(this.#attempt++, this.#random)
    this.#hint_ms = 0
    this.#wait(delay_ms, () => this.open())
    this.#become({ name: "waiting", retryAt_ms: this.#now() + delay_ms, code, refusal })
  }

  #drop() {
    this.#timers.clearTimeout(this.#timer)
    if (!this.#socket) return
    this.#socket.onmessage = this.#socket.onclose = null
    this.#socket.close()
    this.#socket = null
  }

  #wait(delay_ms, then) {
    this.#timers.clearTimeout(this.#timer)
    this.#timer = this.#timers.setTimeout(then, delay_ms)
  }

  #become(state) {
    this.#state = state
    this.dispatchEvent(new Event("state"))
  }
}
