// What I do to messages: it goes out by way of the outbox, and shows at once.

const UNDO_FOR_MS = 5_000

export class Deeds {
  #outbox
  #myId
  #timers
  #now
  #held = new Set() // client_ids of what is let go by a timer

  constructor({ outbox, myId, timers, now = Date.now }) {
    this.#outbox = outbox
    this.#myId = myId
    this.#timers = timers
    this.#now = now
    outbox.addEventListener("change", () => this.#letGo())
  }

  isMine({ user_id }) {
    return user_id === this.#myId
  }

  canReact({ id, deleted }) {
    return id !== undefined && !deleted
  }

  canChange(message) {
    return this.canReact(message) && this.isMine(message)
  }

  // Adds my reaction, or takes it back.
  toggle({ id, reactions = [] }, emoji) {
    const people = reactions.find((each) => each.emoji === emoji)?.people ?? []
    const on = !people.some((person) => this.isMine(person))
    this.#outbox.addDeed({ kind: "react", message_id: id, emoji, on })
  }

  edit({ id }, content) {
    this.#outbox.addDeed({ kind: "edit", message_id: id, content })
  }

  // Not sent before it can't be undone any more.
  delete({ id }) {
    this.#outbox.addDeed({ kind: "delete", message_id: id }, { heldFor_ms: UNDO_FOR_MS })
  }

  undo(clientId) {
    this.#outbox.remove(clientId)
  }

  // Also what a tab that was closed meanwhile held.
  #letGo() {
    for (const { client_id, state, held_until_ms } of this.#outbox.entries) {
      if (state !== "held" || this.#held.has(client_id)) continue
      this.#held.add(client_id)
      this.#timers.setTimeout(() => this.#release(client_id), Math.max(0, held_until_ms - this.#now()))
    }
  }

  #release(clientId) {
    this.#held.delete(clientId)
    const entry = this.#outbox.entries.find(({ client_id }) => client_id === clientId)
    if (entry?.state === "held") this.#outbox.retry(clientId)
  }
}

// The messages as they will be once everything in the outbox is done.
export function withDeeds(messages, entries, person) {
  const deeds = entries.filter(({ kind }) => kind)
  if (deeds.length === 0) return messages
  return messages.map((message) =>
    deeds.filter(({ message_id }) => message_id === message.id).reduce((so_far, deed) => done(so_far, deed, person), message),
  )
}

function done(message, deed, person) {
  if (deed.kind === "edit") {
    return { ...message, content: deed.content, edited_at: message.edited_at ?? message.created_at, pending: deed }
  }
  if (deed.kind === "react") return { ...message, reactions: reacted(message.reactions ?? [], deed, person) }
  if (deed.state === "failed") return { ...message, pending: deed }
  const canUndo = deed.state === "held"
  return { ...message, deleted: true, content: "", reactions: [], undo: canUndo ? deed.client_id : undefined }
}

function reacted(reactions, { emoji, on }, { userId, username }) {
  const isKnown = reactions.some((each) => each.emoji === emoji)
  const all = isKnown ? reactions : [...reactions, { emoji, people: [] }]
  const change = (people) => {
    const others = people.filter(({ user_id }) => user_id !== userId)
    return on ? [...others, { user_id: userId, username }] : others
  }
  return all
    .map((each) => (each.emoji === emoji ? { emoji, people: change(each.people) } : each))
    .filter(({ people }) => people.length > 0)
}
