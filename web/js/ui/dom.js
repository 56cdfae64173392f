// Finding, cloning and wording what the templates hold.

export function region(name) {
  return document.querySelector(`[data-region="${name}"]`)
}

export function part(element, name) {
  return element.querySelector(`[data-part="${name}"]`)
}

export function cloned(name, words) {
  const template = document.querySelector(`template[data-row="${name}"]`)
  const element = template.content.firstElementChild.cloneNode(true)
  sayAll(element, words)
  return element
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
