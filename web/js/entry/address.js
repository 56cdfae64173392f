// What stands behind the # of the addresses that let people in. It is never sent: a secret
// goes from here into a request's body, and `to` says where to go on.

const HOME = "/"
const MAY_GO_ON = /^\/(rooms\/[^/?#]+|join#[\w-]+)$/u

// "#s3cret", "#to=%2Frooms%2Ftea", "#s3cret&to=…" → {secret, to}
export function readHash(hash) {
  const [first, ...rest] = hash.slice(1).split("&")
  const parts = first.startsWith("to=") ? [first, ...rest] : rest
  const to = decoded(parts.find((each) => each.startsWith("to="))?.slice(3) ?? "")
  return { secret: first.startsWith("to=") ? "" : first, to: MAY_GO_ON.test(to) ? to : HOME }
}

export function goingOnTo(path, to) {
  return to === HOME ? path : `${path}#to=${encodeURIComponent(to)}`
}

function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return ""
  }
}
