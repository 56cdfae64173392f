// This person's stays: one room on screen, and rooms left behind with unsent
// messages, which stay connected until those are out.

import { Members } from "../models/members.js"
import { Outbox } from "../models/outbox.js"
import { RoomLog } from "../models/room_log.js"
import { Typing } from "../models/typing.js"
import { newClientId } from "../helpers/ids.js"
import { RoomSession } from "./room_session.js"

const FAR_BEHIND = 500

export class Sessions {
  #store
  #person
  #outside
  #byRef = new Map()

  // `store`: where the outboxes' entries are.
  constructor({ store, person, outside }) {
    this.#store = store
    this.#person = person
    this.#outside = outside
  }

  // A room left not long ago is as it was, and resumes. `headSeq`: how far the room is now.
  of(ref, { headSeq = 0 } = {}) {
    const known = this.#byRef.get(ref) ?? [...this.#byRef.values()].find((each) => each.ref === ref)
    const isFarBehind = headSeq - (known?.log.completeTo ?? 0) > FAR_BEHIND
    if (known && !isFarBehind) return known
    known?.disconnect()
    const session = this.#begin(ref)
    this.#byRef.set(ref, session)
    return session
  }

  // Somebody else sits here.
  forget() {
    for (const session of this.#byRef.values()) session.disconnect()
    this.#byRef.clear()
  }

  leave(session) {
    session.outbox.release()
    session.reading.signal.flush()
    if (session.outbox.hasUnsent) this.#leaveWhenSent(session)
    else session.disconnect()
  }

  // What was written in other rooms and never got out, perhaps days ago.
  async sendLeftovers(current) {
    for (const ref of await this.#store.rooms(this.#person.userId)) {
      if (ref === current.ref) continue
      const session = this.of(ref)
      await session.ready
      if (!session.outbox.hasUnsent) continue
      session.connect()
      this.#leaveWhenSent(session)
    }
  }

  #begin(ref) {
    const timers = this.#outside.timers
    const outbox = new Outbox({
      store: this.#store,
      userId: this.#person.userId,
      room: ref,
      newId: newClientId,
    })
    const models = { log: new RoomLog(), members: new Members(), typing: new Typing({ timers }), outbox }
    const session = new RoomSession({ ref, person: this.#person, models, outside: this.#outside })
    session.ready = outbox.load()
    return session
  }

  #leaveWhenSent(session) {
    session.isLeft = true
    session.outbox.addEventListener("change", function changed() {
      if (session.isLeft && session.outbox.hasUnsent) return
      session.outbox.removeEventListener("change", changed)
      if (session.isLeft) session.disconnect()
    })
  }
}
