// Addresses within this page.

export function permalink(room, messageId) {
  return `/rooms/${encodeURIComponent(room)}/${messageId}`
}

// {room, message}: what an address names; message is undefined if it names a room only.
export function placeOf(path) {
  const [, room = "general", message] = path.match(/^\/rooms\/([^/]+)(?:\/(\d{1,15}))?/u) ?? []
  return { room: decoded(room), message: message && Number(message) }
}

function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
