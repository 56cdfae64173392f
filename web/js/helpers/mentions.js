// Whether a message calls a person by name: "@Ana".

export function isMentioned({ content, mentions }, { userId, username }) {
  if (Array.isArray(mentions)) return mentions.some((each) => (each?.user_id ?? each) === userId)
  if (!username) return false
  const text = String(content).toLocaleLowerCase()
  const name = `@${username.toLocaleLowerCase()}`
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const around = [text.slice(0, at).at(-1), text.slice(at + name.length)[0]]
    if (!around.some((letter) => letter && /[\p{L}\p{N}_]/u.test(letter))) return true
  }
  return false
}
