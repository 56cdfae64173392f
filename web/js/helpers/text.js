// Measuring and cleaning what people write.

const LONG_CHARS = 1_600
const LONG_LINES = 24

// As the server counts: code points, not UTF-16 units.
export function charsIn(text) {
  return [...text].length
}

// Nothing a reader could see: only white space, zero-width characters and fillers.
export function isBlank(text) {
  return !/[^\s\p{Cc}\p{Cf}\p{Mn}\u115f\u1160\u2800\u3164\uffa0]/u.test(text)
}

// So long that it is shown folded, with a button to unfold it.
export function isLong(text) {
  return text.length > LONG_CHARS || text.split("\n", LONG_LINES + 1).length > LONG_LINES
}

// Without what can't be sent: NUL, and lone halves of surrogate pairs.
export function sendable(text) {
  return text.replaceAll("\0", "").replace(/\p{Cs}/gu, "\ufffd")
}
