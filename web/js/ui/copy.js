// Copying, and a button that says it did. The clipboard is only there on https and
// localhost; elsewhere the text is selected and copied the old way.

const DONE_MS = 1_600

export function copyOnClick(button, { text, words }) {
  const label = button.querySelector("[data-say]")
  let timer
  button.addEventListener("click", async () => {
    await copy(text())
    label.textContent = words.say("copied")
    button.classList.add("is-done")
    clearTimeout(timer)
    timer = setTimeout(() => {
      label.textContent = words.say("copy")
      button.classList.remove("is-done")
    }, DONE_MS)
  })
}

export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const field = document.createElement("textarea")
  field.value = text
  field.className = "unseen"
  const holder = document.querySelector("dialog[open]") ?? document.body
  holder.append(field)
  field.select()
  document.execCommand("copy")
  field.remove()
}
