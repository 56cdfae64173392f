// Whether I may write in a room just now, why not, and how long until I may, as far as the
// server has told. It has the last word: this only says it sooner.
//
// Tells "change".

const ABOVE_MEMBERS = new Set(["owner", "moderator"])

export class Standing extends EventTarget {
  #myId
  #now
  #role = "member"
  #may = null // words of the server, while they are its newest word
  #isArchived = false
  #isAnnounceOnly = false
  #mutedUntil_ms = 0
  #slowMode_s = 0
  #waitUntil_ms = 0 // in slow mode

  constructor({ myId, now = Date.now }) {
    super()
    this.#myId = myId
    this.#now = now
  }

  // A frame from the server. What it says of others, or of other rooms, changes nothing.
  hear({ type, data }, room) {
    if (!Object.hasOwn(this.#hearers, type)) return
    if (this.#hearers[type](data, room) !== false) this.dispatchEvent(new Event("change"))
  }

  // null if I may write, else {why: "archived" | "muted" | "announce" | "reader", until_ms?}.
  get barred() {
    if (this.#isArchived) return { why: "archived" }
    if (this.#mutedUntil_ms > this.#now()) return { why: "muted", until_ms: this.#mutedUntil_ms }
    if (this.#isAnnounceOnly && !ABOVE_MEMBERS.has(this.#role)) return { why: "announce" }
    if (this.#may && !this.#may.includes("post")) return { why: "reader" }
    return null
  }

  // Seconds between two of my messages; 0: as I like.
  get slowMode_s() {
    return ABOVE_MEMBERS.has(this.#role) ? 0 : this.#slowMode_s
  }

  // How long slow mode still makes me wait.
  get wait_s() {
    if (!this.slowMode_s) return 0
    return Math.max(0, Math.ceil((this.#waitUntil_ms - this.#now()) / 1_000))
  }

  // Whether what is said here will be otherwise after a while, by itself.
  get isPassing() {
    return this.wait_s > 0 || this.barred?.why === "muted"
  }

  #hearers = {
    connected: ({ role = "member", may, room, muted_until, announce_only = false, slow_mode_s = 0 }) => {
      this.#role = role
      this.#may = may ?? null
      this.#isArchived = Boolean(room.archived)
      this.#mutedUntil_ms = momentOf(muted_until)
      this.#isAnnounceOnly = announce_only
      this.#slowMode_s = slow_mode_s
    },
    member_updated: ({ user_id, role, muted_until }) => {
      if (user_id !== this.#myId) return
      this.#role = role
      this.#may = null
      this.#mutedUntil_ms = momentOf(muted_until)
    },
    room_updated: ({ room_id, archived, announce_only, slow_mode_s }, room) => {
      if (room_id !== room?.id) return
      this.#may = null
      this.#isArchived = archived
      this.#isAnnounceOnly = announce_only
      this.#slowMode_s = slow_mode_s
    },
    message: ({ user_id }) => user_id === this.#myId && this.#wrote(), // false: another's
    message_sent: () => this.#wrote(),
    error: ({ code, until, retry_after_ms = 0 }) => {
      if (code === "muted") this.#mutedUntil_ms = momentOf(until)
      if (code === "room_archived") this.#isArchived = true
      if (code === "rate_limited" && this.#slowMode_s) this.#waitUntil_ms = this.#now() + retry_after_ms
    },
  }

  #wrote() {
    this.#waitUntil_ms = this.#now() + this.#slowMode_s * 1_000
  }
}

function momentOf(text) {
  return text ? Date.parse(text) : 0
}
