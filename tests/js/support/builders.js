// A room, its people and their messages.

import { Members } from "../../../web/js/models/members.js"
import { MemoryEntries } from "../../../web/js/models/memory_entries.js"
import { Outbox } from "../../../web/js/models/outbox.js"
import { RoomLog } from "../../../web/js/models/room_log.js"
import { Typing } from "../../../web/js/models/typing.js"
import { RoomSession } from "../../../web/js/net/room_session.js"
import { FakeClock, FakeNetwork } from "./fakes.js"

export const ME = { userId: 7, username: "Ana" }
export const ROOM = { id: 1, slug: "general", name: "General" }

export function message(seq, { content = `message ${seq}`, user_id = 8, username = "Ben", ...rest } = {}) {
  const created_at = "2026-11-24T10:00:00.000Z"
  return { id: 100 + seq, room_id: 1, seq, user_id, username, content, created_at, ...rest }
}

export function messages(from, to) {
  return Array.from({ length: to - from + 1 }, (_, index) => message(from + index))
}

// What Ben did, unless told otherwise, to the message with the number `to`.
export function edit(seq, to, content = "edited", rest = {}) {
  return change("message_edited", seq, to, { content, edited_at: `2026-11-24T10:0${seq % 10}:00.000Z`, ...rest })
}

export function deletion(seq, to, rest = {}) {
  return change("message_deleted", seq, to, rest)
}

export function reaction(seq, to, emoji = "👍", rest = {}) {
  return change("reaction", seq, to, { emoji, on: true, ...rest })
}

function change(type, seq, to, rest) {
  return { type, seq, room_id: 1, message_id: 100 + to, user_id: 8, username: "Ben", ...rest }
}

export function hello({ history = [], last_seq = history.at(-1)?.seq ?? 0, ...rest } = {}) {
  const user = { user_id: ME.userId, username: ME.username }
  const room = { room_id: 1, room: ROOM, user, active_users: [user], limits: { message_chars_max: 4000 } }
  return { ...room, epoch: "e1", last_seq, history, has_more: false, instance: "one", ...rest }
}

// An outbox that has read what the store has, if it has it at once.
export function anOutbox({ store = new MemoryEntries(), room = "general", tab = "tab-1", now = () => 1_000 } = {}) {
  let count = 0
  const outbox = new Outbox({ store, userId: ME.userId, room, newId: () => `${tab}-${++count}`, now })
  outbox.load()
  return outbox
}

export function aSession({ ref = "general", tab, store, takeTurns } = {}) {
  const clock = new FakeClock()
  const network = new FakeNetwork()
  const outbox = anOutbox({ room: ref, tab, store, now: clock.now })
  const models = { log: new RoomLog(), members: new Members(), typing: new Typing({ timers: clock }), outbox }
  const outside = {
    origin: "http://chat.example:8000",
    openSocket: network.openSocket,
    takeTurns,
    timers: clock,
    random: () => 0.5,
    now: clock.now,
  }
  const session = new RoomSession({ ref, person: ME, models, outside })
  return { session, clock, network, outbox, log: models.log, models }
}

// A session that is open, with the room as `hello(facts)` tells it.
export function anOpenSession(facts = {}, options = {}) {
  const all = aSession(options)
  all.session.connect()
  all.network.socket.tells("connected", hello(facts))
  return all
}

export function seqs(log) {
  return log.messages.map(({ seq }) => seq)
}

export function contents(frames) {
  return frames.map(({ content }) => content)
}
