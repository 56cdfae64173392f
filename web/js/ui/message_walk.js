// From message to message with the arrow keys, once the conversation has the focus.

const STEPS = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }

export function walkWithArrows({ timeline, rows }) {
  timeline.addEventListener("keydown", (event) => {
    const step = STEPS[event.key]
    const { target } = event
    const isHere = target === timeline || target.matches(".message")
    if (!step || !isHere || event.ctrlKey || event.metaKey || event.altKey) return
    const row = target === timeline ? lastVisible(timeline, rows) : nextMessage(target, step)
    if (!row) return
    event.preventDefault()
    row.focus({ preventScroll: true })
    row.scrollIntoView({ block: "nearest" })
  })
}

function nextMessage(row, step) {
  let next = row[step]
  while (next && !next.matches(".message")) next = next[step]
  return next
}

function lastVisible(timeline, rows) {
  const { bottom } = timeline.getBoundingClientRect()
  return [...rows.querySelectorAll(".message")].findLast((row) => row.getBoundingClientRect().top < bottom - 8)
}
