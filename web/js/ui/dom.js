// Finding, cloning and wording what the templates hold.

export function region(name) {
  return document.querySelector(`[data-region="${name}"]`)
}

export function part(element, name) {
  return element.querySelector(`[data-part="${name}"]`)
}

const said = new Map() // templates with the sentences of a language in them

export function cloned(name, words) {
  const key = `${name}/${words.language}`
  if (!said.has(key)) {
    const template = document.querySelector(`template[data-row="${name}"]`)
    const element = template.content.firstElementChild.cloneNode(true)
    sayAll(element, words)
    said.set(key, element)
  }
  return said.get(key).cloneNode(true)
}

// An element that has this text already is left alone: to write it again would lay it out again.
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text
}

// These rows, in this order: those that stand already stay, and so does the focus in them.
export function arrange(list, rows) {
  const focused = list.contains(document.activeElement) ? document.activeElement : null
  const wanted = new Set(rows)
  for (const row of [...list.children]) if (!wanted.has(row)) row.remove()
  rows.forEach((row, index) => {
    const there = list.children[index] ?? null
    if (there !== row) list.insertBefore(row, there)
  })
  if (list.contains(focused) && document.activeElement !== focused) focused.focus({ preventScroll: true })
}

// Puts the sentences into everything that names one. Also `element` itself.
export function sayAll(element, words) {
  sayEach(element, "say", (found, sentence) => (found.textContent = sentence))
  sayEach(element, "say-label", (found, sentence) => {
    found.setAttribute("aria-label", sentence)
    if (found.matches("button")) found.title = sentence
  })

  sayEach(element, "say-title", (found, sentence) => (found.title = sentence))

  function sayEach(root, attribute, put) {
    const selector = `[data-${attribute}]`
    const own = root.matches?.(selector) ? [root] : []
    for (const found of [...own, ...root.querySelectorAll(selector)]) {
      put(found, words.say(found.getAttribute(`data-${attribute}`)))
    }
  }
}
