// Reactions under a message, as chips: how many, from whom, and a press adds or takes mine.

import { cloned, part } from "./dom.js"

// Chips that stand are changed in place: a focused one stays focused.
export function showReactions(element, { message, words, deeds, toggle }) {
  const reactions = message.reactions ?? []
  while (element.children.length > reactions.length) element.lastElementChild.remove()
  reactions.forEach(({ emoji, people }, index) => {
    const chip = element.children[index] ?? element.appendChild(built(words, toggle))
    const names = words.list(people.map((person) => (deeds.isMine(person) ? words.say("reaction.me") : person.username)))
    const sentence = words.say("reaction.names", { names })
    part(chip, "emoji").textContent = emoji
    part(chip, "count").textContent = people.length
    part(chip, "names").textContent = sentence
    chip.title = sentence
    chip.setAttribute("aria-pressed", people.some((person) => deeds.isMine(person)))
  })
}

function built(words, toggle) {
  const chip = cloned("reaction", words)
  chip.addEventListener("click", () => toggle(part(chip, "emoji").textContent))
  return chip
}
