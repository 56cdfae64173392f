// Numbers as the reader's language writes them, no finer than one can care about.

export function numberWord(value, words) {
  if (value === null || value === undefined) return "–"
  const digits = value < 10 ? 1 : 0
  return new Intl.NumberFormat(words.locale, { maximumFractionDigits: digits }).format(value)
}

export function unitWord(unit, words) {
  return unit ? words.say(`stats.unit.${unit}`) : ""
}
