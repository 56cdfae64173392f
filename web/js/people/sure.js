// A button that asks once more before it does what can't be undone.

const ASKING_MS = 5_000

export function onceSure(button, words, act) {
  const label = button.textContent
  let timer = null
  const calmDown = () => {
    clearTimeout(timer)
    timer = null
    button.textContent = label
    button.classList.remove("button--alarm")
  }
  button.addEventListener("click", () => {
    if (timer) {
      calmDown()
      return act()
    }
    button.textContent = words.say("sure")
    button.classList.add("button--alarm")
    timer = setTimeout(calmDown, ASKING_MS)
  })
  button.addEventListener("blur", () => timer && calmDown())
}
