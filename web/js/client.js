// A client for programs, made of the same parts as the page: it comes back by itself,
// misses and repeats nothing, and sends what it was given once, in order. No DOM.
//
// Served as one file at /client.js; docs/client.md shows how it is used.

import { newClientId, newUserId } from "./helpers/ids.js"
import { Members } from "./models/members.js"
import { MemoryEntries } from "./models/memory_entries.js"
import { Outbox } from "./models/outbox.js"
import { RoomLog } from "./models/room_log.js"
import { Typing } from "./models/typing.js"
import { RoomSession } from "./net/room_session.js"

const KEPT_MAX = 1_500
const KEPT_AFTER_TRIM = 600

// Enter the room at `address`, such as "http://localhost:8000/rooms/general".
//
// `store` is where messages wait until the server has them: the program's memory, unless
// it is given one like MemoryEntries that lasts longer.
export function join(address, { name, userId = newUserId(), store = new MemoryEntries(), ...outside }) {
  const { origin, pathname } = new URL(address)
  const ref = decodeURIComponent(pathname.split("/")[2] ?? "general")
  const room = new Room({ origin, ref, person: { userId, username: name }, store, outside })
  room.open()
  return room
}

// Tells "message" for each message of somebody else that comes after the first connection,
// in their order, also those said while the connection was away; and "state".
export class Room extends EventTarget {
  #session
  #epoch = null
  #toldSeq = 0

  constructor({ origin, ref, person, store, outside = {} }) {
    super()
    const openSocket = (url) => new WebSocket(url)
    const { setTimeout, clearTimeout } = globalThis
    const timers = { setTimeout: setTimeout.bind(globalThis), clearTimeout: clearTimeout.bind(globalThis) }
    const world = { origin, openSocket, timers, ...outside }
    const models = {
      log: new RoomLog(),
      members: new Members(),
      typing: new Typing({ timers: world.timers }),
      outbox: new Outbox({ store, userId: person.userId, room: ref, newId: newClientId, now: world.now }),
    }
    this.#session = new RoomSession({ ref, person, models, outside: world })
    this.#session.addEventListener("state", () => this.dispatchEvent(new Event("state")))
    models.log.addEventListener("change", () => this.#tellNew())
    models.outbox.load()
  }

  get userId() {
    return this.#session.person.userId
  }

  // {name}: "connecting", "open", "waiting", "stopped" with {why}, or "idle".
  get state() {
    return this.#session.state
  }

  // The messages that are known here, oldest first, as they are by now.
  get messages() {
    return this.#session.log.messages
  }

  // [{user_id, username}] of who is in the room.
  get people() {
    return this.#session.members.sorted({ myId: this.userId })
  }

  open() {
    this.#session.connect()
  }

  close() {
    this.#session.disconnect()
  }

  // Resolves to the message once the server has it on disk, however long that takes.
  // Rejects with {code, message} if the server won't have it, or there is no coming back.
  send(content) {
    return this.#done(this.#session.outbox.add(content))
  }

  async edit(messageId, content) {
    await this.#done(this.#session.outbox.addDeed({ kind: "edit", message_id: messageId, content }))
  }

  async delete(messageId) {
    await this.#done(this.#session.outbox.addDeed({ kind: "delete", message_id: messageId }))
  }

  async react(messageId, emoji, on = true) {
    await this.#done(this.#session.outbox.addDeed({ kind: "react", message_id: messageId, emoji, on }))
  }

  #done({ client_id }) {
    const { outbox, log } = this.#session
    const looking = new AbortController()
    return new Promise((resolve, reject) => {
      const look = () => {
        const entry = outbox.entries.find((each) => each.client_id === client_id)
        const problem = entry?.reason ?? (this.state.name === "stopped" ? this.#whyStopped : null)
        if (entry && !problem) return
        looking.abort()
        if (problem) outbox.remove(client_id)
        if (problem) reject(Object.assign(new Error(problem.message), { code: problem.code }))
        // It is taken out of the outbox a moment before it is in the log.
        else queueMicrotask(() => resolve(log.messages.findLast((each) => each.client_id === client_id)))
      }
      outbox.addEventListener("change", look, { signal: looking.signal })
      this.addEventListener("state", look, { signal: looking.signal })
      look()
    })
  }

  get #whyStopped() {
    const { why, refusal } = this.state
    return { code: refusal?.code ?? why, message: refusal?.message ?? why }
  }

  // What is behind a hole waits until the hole is filled.
  #tellNew() {
    const { log } = this.#session
    if (log.epoch !== this.#epoch) this.#toldSeq = log.completeTo
    this.#epoch = log.epoch
    const isNew = ({ seq, user_id }) => seq > this.#toldSeq && seq <= log.completeTo && user_id !== this.userId
    const found = log.messages.filter(isNew)
    this.#toldSeq = log.completeTo
    if (log.messages.length > KEPT_MAX) log.trim(KEPT_AFTER_TRIM)
    for (const message of found) this.dispatchEvent(new CustomEvent("message", { detail: message }))
  }
}
