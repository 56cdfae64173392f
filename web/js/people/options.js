// Filling a <select>.

// `choices`: [[value, sentence], …]
export function offer(select, choices, chosen) {
  const options = choices.map(([value, sentence]) => new Option(sentence, value))
  select.replaceChildren(...options)
  if (chosen !== undefined) select.value = String(chosen)
}
