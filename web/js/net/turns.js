// Whose turn it is to send: of all tabs of a browser that are connected to a room,
// exactly one empties the outbox. The others write into it, and are first in line.
//
// A turn begins once a room's name is known, and ends with the connection. Who writes
// seizes it: the tab in front is awake, one in the background may not be. Should the
// other have something under way, the server sees the same `client_id` twice.

import { newClientId } from "../helpers/ids.js"

// How this tab takes its turns; `locks`: the browser's, which are only there on https and
// localhost.
export function turnsBy({ locks, shelf, timers }) {
  const me = newClientId()
  return (gained) => (locks ? new LockTurn({ locks, gained }) : new NoteTurn({ shelf, timers, me, gained }))
}

// By Web Locks: a tab holds the lock as long as it lives.
export class LockTurn {
  #locks
  #gained
  #name = null
  #asked = null // {giveUp}: what we wait for or hold
  #release = null // while it is ours

  constructor({ locks, gained }) {
    this.#locks = locks
    this.#gained = gained
  }

  get isMine() {
    return this.#release !== null
  }

  begin(name) {
    this.end()
    this.#name = name
    this.#ask({ steal: false })
  }

  seize() {
    if (this.#name !== null && !this.isMine) this.#ask({ steal: true })
  }

  end() {
    this.#name = null
    this.#forget()
  }

  async #ask({ steal }) {
    this.#forget()
    const waiting = new AbortController()
    const asked = { giveUp: () => waiting.abort() }
    this.#asked = asked
    const options = steal ? { steal } : { signal: waiting.signal }
    const wasHeld = await this.#locks
      .request(`roomserver.turn/${this.#name}`, options, () => this.#hold(asked))
      .catch(() => this.isMine) // given up while waiting, or stolen while held
    if (wasHeld && this.#asked === asked) this.#ask({ steal: false })
  }

  // As long as the promise stands, the lock is ours.
  #hold(asked) {
    if (this.#asked !== asked) return false
    return new Promise((resolve) => {
      this.#release = () => resolve(false)
      this.#gained()
    })
  }

  #forget() {
    this.#asked?.giveUp()
    this.#asked = null
    this.#release?.()
    this.#release = null
  }
}

const RENEWED_EVERY_MS = 2_000
const LEFT_ALONE_AFTER_MS = 6_000

// Where there are no locks (on plain http): a note that each tab can read and that the
// one whose turn it is renews. Two tabs may believe it for a moment, which does no harm.
export class NoteTurn {
  #shelf
  #timers
  #now
  #me
  #gained
  #name = null
  #isAlone = false // there is nothing to write a note on
  #timer

  constructor({ shelf, timers, now = Date.now, me, gained }) {
    this.#shelf = shelf
    this.#timers = timers
    this.#now = now
    this.#me = me
    this.#gained = gained
  }

  get isMine() {
    return this.#name !== null && (this.#isAlone || this.#holder === this.#me)
  }

  begin(name) {
    this.end()
    this.#name = `roomserver.turn/${name}`
    this.#renew()
  }

  seize() {
    if (this.#name !== null && !this.isMine) this.#take()
  }

  end() {
    this.#timers.clearTimeout(this.#timer)
    if (this.isMine) this.#shelf.drop(this.#name)
    this.#name = null
  }

  #renew() {
    if (this.isMine) this.#write()
    else if (this.#holder === null) this.#take()
    this.#timer = this.#timers.setTimeout(() => this.#renew(), RENEWED_EVERY_MS)
  }

  #take() {
    this.#write()
    this.#gained()
  }

  #write() {
    const until_ms = this.#now() + LEFT_ALONE_AFTER_MS
    this.#isAlone = !this.#shelf.put(this.#name, { holder: this.#me, until_ms })
  }

  // null: nobody, or nobody who is still there.
  get #holder() {
    const note = this.#shelf.get(this.#name)
    return note && note.until_ms > this.#now() ? note.holder : null
  }
}

// A program of its own has nobody to take turns with.
export const ALWAYS_MINE = { isMine: true, begin() {}, seize() {}, end() {} }
