// The wire, version 1: JSON text frames.
//
//   page → server   {"type": "message", "content": …, "client_id": …}          flat
//   server → page   {"type": "message", "data": {"seq": …, "content": …}}      an envelope
//
// A type this page doesn't know is nobody's listener, and so harmless.

export const frames = {
  message: ({ content, client_id, reply_to }) => encode("message", { content, client_id, reply_to }),
  edit: ({ message_id, content, client_id }) => encode("edit", { message_id, content, client_id }),
  delete: ({ message_id, client_id }) => encode("delete", { message_id, client_id }),
  react: ({ message_id, emoji, on, client_id }) => encode("react", { message_id, emoji, on, client_id }),
  read: (message_id) => encode("read", { message_id }),
  typing: (is_typing) => encode("typing", { is_typing }),
  historyBefore: (before, limit) => encode("history", { before, limit }),
  historyAfter: (after, limit) => encode("history", { after, limit }),
  ping: () => encode("ping", {}),
}

// An entry of the outbox.
export function frameOf(entry) {
  return frames[entry.kind ?? "message"](entry)
}

// null for what isn't a frame of ours.
export function decode(text) {
  try {
    const { type, data } = JSON.parse(text)
    return typeof type === "string" ? { type, data: data ?? {} } : null
  } catch {
    return null
  }
}

export function socketAddress({ origin, room, person, resume }) {
  const address = new URL(`/ws/${encodeURIComponent(room)}`, origin)
  address.protocol = address.protocol.replace("http", "ws")
  address.searchParams.set("user_id", person.userId)
  address.searchParams.set("username", person.username)
  if (resume) {
    address.searchParams.set("since", resume.since)
    address.searchParams.set("epoch", resume.epoch)
  }
  return address.href
}

function encode(type, fields) {
  return JSON.stringify({ type, ...fields })
}
