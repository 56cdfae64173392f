// Signing in, signing up, setting up, and a guest's becoming an account: a form, an answer,
// and on into the rooms.

import { part, region } from "../ui/dom.js"
import { goingOnTo } from "./address.js"
import { Entry } from "./entry.js"
import { EntryForm } from "./entry_form.js"
import { start } from "./start.js"

const { words, person, secret, to, fetch } = await start()
if (secret) history.replaceState(null, "", location.pathname)

const card = region("entry")
const form = part(card, "form")
const other = part(card, "other")
const kind = document.documentElement.dataset.entry
const entry = new Entry({ kind, secret, fetch })
document.title = `${form.querySelector("h1").textContent} · roomserver`
new EntryForm({ words, entry, form, kind })
entry.addEventListener("in", ({ detail }) => {
  person.become(detail)
  location.assign(to)
})

const { sign_up: signUp, user } = await entry.mode()
if (other) {
  other.hidden = other.hidden && signUp !== "open"
  const link = other.querySelector("a")
  link.href = goingOnTo(link.getAttribute("href"), to)
}
if (kind === "upgrade" && user && !form.elements.username.value) form.elements.username.value = user.username
