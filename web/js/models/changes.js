// What was done to messages after they were sent, by message: the newest edit, the
// deletion, and each person's last word on each emoji. A change may be known long
// before its message, which comes only when older pages are read.
// What is done to a message is done to the replies that quote it, too.

const QUOTE_CHARS_MAX = 160

export class Changes {
  #byMessage = new Map() // message_id → {edit, isDeleted, reactions}

  static isOne({ type }) {
    return type === "message_edited" || type === "message_deleted" || type === "reaction"
  }

  // In whatever order they come: the one with the greater seq counts.
  add(entry) {
    const known = this.#byMessage.get(entry.message_id) ?? { reactions: new Map() }
    this.#byMessage.set(entry.message_id, known)
    if (entry.type === "message_deleted") known.isDeleted = true
    if (entry.type === "message_edited") known.edit = later(known.edit, entry)
    if (entry.type === "reaction") {
      const key = `${entry.user_id}/${entry.emoji}`
      known.reactions.set(key, later(known.reactions.get(key), entry))
    }
  }

  // Makes of a message as it was sent what has become of it.
  applyTo(message) {
    this.#applyToQuote(message)
    const known = this.#byMessage.get(message.id)
    if (!known) return
    if (known.edit) {
      message.content = known.edit.content
      message.edited_at = known.edit.edited_at
      message.mentions = known.edit.mentions
    }
    message.reactions = reactionsOf([...known.reactions.values()])
    message.deleted ||= known.isDeleted
    if (message.deleted) Object.assign(message, { content: "", reactions: [] })
  }

  #applyToQuote(message) {
    const { edit, isDeleted } = this.#byMessage.get(message.reply_to) ?? {}
    if (!message.quote) return
    if (isDeleted) message.quote = { ...message.quote, content: "", deleted: true }
    else if (edit && edit.seq > message.seq) message.quote = { ...message.quote, content: quoted(edit.content) }
  }

  clear() {
    this.#byMessage.clear()
  }
}

// As much of a message as a reply shows of it.
export function quoted(content) {
  const chars = [...content]
  return chars.length > QUOTE_CHARS_MAX ? `${chars.slice(0, QUOTE_CHARS_MAX).join("")}…` : content
}

// [{emoji, people: [{user_id, username}]}], the first that was given first.
function reactionsOf(entries) {
  const byEmoji = new Map()
  const standing = entries.filter(({ on }) => on).sort((a, b) => a.seq - b.seq)
  for (const { emoji, user_id, username } of standing) {
    if (!byEmoji.has(emoji)) byEmoji.set(emoji, [])
    byEmoji.get(emoji).push({ user_id, username })
  }
  return [...byEmoji].map(([emoji, people]) => ({ emoji, people }))
}

function later(one, other) {
  return one && one.seq > other.seq ? one : other
}
