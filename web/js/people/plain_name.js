// A name without case and accents, as one looks for it.

export function plainName(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase().trim()
}
