// One person in one room: a connection that feeds the models and is fed by the outbox.
//
// Tells "room" when the room's own facts are known, "state" when the connection
// changes, "arrived" for each new live message, "activity" and "updated" for what is new in
// other rooms and of any room, "refused" and "notice" for what the server says.

import { Deeds } from "../models/deeds.js"
import { Reading } from "../models/reading.js"
import { Standing } from "../models/standing.js"
import { Connection } from "./connection.js"
import { Delivery } from "./delivery.js"
import { LogReader } from "./log_reader.js"
import { LogView } from "./log_view.js"
import { meet } from "./meeting.js"
import { ALWAYS_MINE } from "./turns.js"
import { frames, socketAddress } from "./wire.js"

export class RoomSession extends EventTarget {
  #connection
  #delivery
  #reader
  #turn
  #askMembers

  // `models`: {log, members, typing, outbox}; `outside`: {origin, openSocket, timers,
  // askMembers, takeTurns, random, now}.
  constructor({ ref, person, models, outside }) {
    super()
    this.ref = ref
    this.person = person
    this.room = null
    this.limits = {}
    Object.assign(this, models)
    const { origin, askMembers = async () => [], takeTurns = () => ALWAYS_MINE, ...rest } = outside
    this.#askMembers = askMembers
    const address = () =>
      socketAddress({ origin, room: this.ref, person, resume: this.#reader.resume })
    const send = (text) => this.#connection.send(text)
    this.#connection = new Connection({ address, ...rest })
    this.#turn = takeTurns(() => this.outbox.load())
    this.#delivery = new Delivery({ outbox: this.outbox, send, turn: this.#turn, ...rest })
    this.deeds = new Deeds({ outbox: this.outbox, myId: person.userId, ...rest })
    this.#reader = new LogReader({ log: this.log, send, ...rest })
    this.standing = new Standing({ myId: person.userId, ...rest })
    this.view = new LogView({ log: this.log, readOlder: () => this.#reader.readOlder() })
    const tell = ({ id }) => send(frames.read(id))
    this.reading = new Reading({ myId: person.userId, tell, timers: rest.timers })
    this.#connection.addEventListener("state", this.#stateChanged)
    this.#connection.addEventListener("frame", ({ detail }) => this.#read(detail))
    this.outbox.addEventListener("written", () => this.#turn.seize())
    this.outbox.addEventListener("change", () => this.#delivery.pump())
  }

  // What is known of the room before it has been entered.
  recognise(room) {
    if (this.room || !room) return
    this.room = room
    this.#tell("room", room)
  }

  get state() {
    return this.#connection.state
  }

  get isOpen() {
    return this.#connection.isOpen
  }

  get isReadingOlder() {
    return this.#reader.isReadingOlder
  }

  connect() {
    this.#connection.open()
  }

  disconnect() {
    this.#connection.close()
    this.members.clear()
  }

  retryNow() {
    this.#connection.retryNow()
  }

  // The tab in front is the one that sends.
  wakeUp() {
    this.#connection.wakeUp()
    if (this.outbox.hasUnsent) this.#turn.seize()
  }

  readOlder() {
    this.view.readOlder()
  }

  tellTyping(isTyping) {
    this.#connection.send(frames.typing(isTyping))
  }

  #stateChanged = () => {
    if (!this.isOpen) {
      this.#turn.end()
      this.#delivery.pause()
      this.#reader.reset()
      this.typing.clear()
    }
    this.dispatchEvent(new Event("state"))
  }

  #read({ type, data }) {
    this.standing.hear({ type, data }, this.room)
    if (Object.hasOwn(this.#readers, type)) this.#readers[type](data)
    else if (data.type === type && Number.isSafeInteger(data.seq)) this.#entry(data)
  }

  #readers = {
    connected: (hello) => this.#connected(hello),
    history: (page) => this.#history(page),
    message: (message) => this.#message(message),
    message_sent: (receipt) => this.#sent(receipt),
    user_joined: (member) => this.members.arrive(member),
    user_left: (member) => this.#left(member),
    member_updated: (member) => this.members.update(member),
    read: (mark) => this.reading.hear(mark),
    typing: (mark) => this.typing.hear(mark),
    room_activity: ({ rooms }) => this.#tell("activity", rooms),
    room_updated: (facts) => this.#tell("updated", facts),
    error: (refusal) => this.#refused(refusal),
    draining: ({ reconnect_after_ms = 0 }) => this.#connection.comeBackAfter(reconnect_after_ms),
    degraded: (notice) => this.#tell("notice", notice),
  }

  #connected(hello) {
    this.room = hello.room
    this.ref = hello.room.slug
    this.limits = hello.limits ?? {}
    this.version = hello.version
    this.outbox.moveTo(this.ref)
    this.members.replace(hello.active_users)
    hello.history.forEach(this.#settle)
    if (hello.epoch !== this.log.epoch || hello.resync) this.reading.restart(hello.read_up_to ?? 0)
    else this.reading.signal.knows(hello.read_up_to ?? 0)
    this.#reader.connected(hello)
    this.#tell("room", hello.room)
    meet(this, this.#askMembers)
    this.#turn.begin(`${this.person.userId}/${this.ref}`)
    this.#delivery.start()
  }

  #history(page) {
    page.messages.forEach(this.#settle)
    this.#reader.page(page)
  }

  #message(message) {
    this.typing.stopped(message.user_id)
    this.#settle(message)
    if (this.#reader.live(message)) this.#tell("arrived", message)
  }

  // What was done to a message, or an entry of a kind this page doesn't know: it has its
  // number in the log all the same.
  #entry(entry) {
    if (entry.user_id === this.person.userId) {
      this.#delivery.confirmed(this.outbox.answeredBy(entry)?.client_id)
    }
    this.#reader.live(entry)
    this.view.hear(entry)
  }

  // The receipt comes before older messages of others may: a hole here is not a loss.
  #sent({ message_id, timestamp, seq, client_id }) {
    const entry = this.#delivery.confirmed(client_id)
    if (!entry || entry.kind) return
    const author = { user_id: this.person.userId, username: this.person.username }
    const { content, reply_to, quote } = entry
    this.log.add({ id: message_id, seq, ...author, content, created_at: timestamp, client_id, reply_to, quote })
  }

  #left(member) {
    this.members.depart(member)
    this.typing.stopped(member.user_id)
  }

  #refused(refusal) {
    if (refusal.client_id) this.#delivery.refused(refusal)
    else this.#reader.refused(refusal)
    this.#tell("refused", refusal)
  }

  // Mine, seen in the room's log: it needs no receipt any more.
  #settle = ({ client_id, user_id }) => {
    if (client_id && user_id === this.person.userId) this.#delivery.confirmed(client_id)
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}
