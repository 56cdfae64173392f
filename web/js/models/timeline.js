// The rows of a conversation: days, and messages that continue the one before.

import { dayKey } from "../helpers/calendar.js"

const TOGETHER_MS = 5 * 60 * 1_000

// Rows keep their key from "pending" to "stored", so that a row stays the same row.
export function keyOf({ user_id, client_id, seq }) {
  return client_id ? `${user_id}/${client_id}` : `seq/${seq}`
}

// `newSeq`: the message before which the "new messages" line stands. `unknown`: the numbers of
// entries that can't be shown, each of which has a line in its place.
export function rowsOf(messages, { newSeq = null, unknown = [] } = {}) {
  const rows = []
  let before = null
  const among = unknown.filter((seq) => seq > (messages[0]?.seq ?? Infinity))
  for (const message of messages) {
    while (among[0] < (message.seq ?? Infinity)) rows.push({ kind: "unknown", key: `seq/${among.shift()}` })
    const date = new Date(message.created_at)
    const day = dayKey(date)
    const isNewDay = day !== before?.day
    if (isNewDay) rows.push({ kind: "day", key: `day/${day}`, date })
    const isNew = newSeq !== null && message.seq === newSeq
    if (isNew) rows.push({ kind: "new", key: "new" })
    const isContinued = !isNewDay && !isNew && belongsTo(before.message, message, date - before.date)
    rows.push({ kind: "message", key: keyOf(message), message, date, isContinued })
    before = { message, date, day }
  }
  rows.push(...among.map((seq) => ({ kind: "unknown", key: `seq/${seq}` })))
  return rows
}

// An entry of the outbox, as a message that has no number yet.
export function pendingMessage(entry, person) {
  return {
    user_id: person.userId,
    username: person.username,
    content: entry.content,
    client_id: entry.client_id,
    reply_to: entry.reply_to,
    quote: entry.quote,
    created_at: new Date(entry.written_at_ms).toISOString(),
    pending: entry,
  }
}

function belongsTo(before, message, elapsed_ms) {
  return (
    before.user_id === message.user_id &&
    before.username === message.username &&
    elapsed_ms < TOGETHER_MS
  )
}
