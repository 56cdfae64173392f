// An excerpt in pieces, by the marks that the server gives with it.

// `marks`: [[start, end], …], counted in code points as the server counts them.
// Returns [{text, isMarked}], which together are the excerpt.
export function piecesOf(excerpt, marks) {
  const characters = Array.from(excerpt)
  const pieces = []
  let at = 0
  for (const [start, end] of marks) {
    if (start > at) pieces.push({ text: characters.slice(at, start).join(""), isMarked: false })
    pieces.push({ text: characters.slice(Math.max(at, start), end).join(""), isMarked: true })
    at = Math.max(at, end)
  }
  pieces.push({ text: characters.slice(at).join(""), isMarked: false })
  return pieces.filter(({ text }) => text !== "")
}
