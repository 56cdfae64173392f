// Names nobody else picks. `crypto.randomUUID` is missing on plain http, this is not.

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
const CLIENT_ID_CHARS = 24

export function newClientId(random = randomBytes) {
  return Array.from(random(CLIENT_ID_CHARS), (byte) => ALPHABET[byte % ALPHABET.length]).join("")
}

// 1 … 2^53 - 1, as the wire wants it.
export function newUserId(random = randomBytes) {
  const value = random(7).reduce((sum, byte, index) => sum * 256 + (index ? byte : byte & 0x1f), 0)
  return Math.max(1, value)
}

function randomBytes(count) {
  return crypto.getRandomValues(new Uint8Array(count))
}
