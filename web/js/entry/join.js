// Coming in by a room's link: with only a name, or as who one is.

import { part, region } from "../ui/dom.js"
import { goingOnTo } from "./address.js"
import { Entry } from "./entry.js"
import { EntryForm } from "./entry_form.js"
import { Invitation } from "./invitation.js"
import { start } from "./start.js"

const { words, person, secret, fetch } = await start()
const card = region("entry")
const problem = part(card, "refused")
const invitation = new Invitation({ secret, fetch })
const entry = new Entry({ kind: "guest", secret, fetch })
const say = (key, values) => words.say(`entry.join.${key}`, values)
let room = null

new EntryForm({ words, entry, form: part(card, "form"), kind: "guest" })
entry.addEventListener("in", ({ detail }) => {
  person.become(detail)
  enter(detail.room)
})
part(card, "accept").addEventListener("click", accept)
part(card, "again").addEventListener("click", () => location.reload())
await show()

async function show() {
  const state = await invitation.look()
  room = state.room
  const title = part(card, "title")
  const isGood = Boolean(room)
  title.textContent = isGood ? say("title", { name: room.name }) : say(`${state.name}.title`)
  document.title = `${title.textContent} · roomserver`
  part(card, "lead").textContent = say(`${state.name}.lead`)
  for (const element of card.querySelectorAll("[data-when]")) {
    const isWanted = element.dataset.when.split(" ").includes(state.name)
    element.hidden = !isWanted || (element.dataset.part === "sign-up" && state.signUp !== "open")
  }
  part(card, "accept").textContent = say(state.name === "inside" ? "enter" : "accept")
  for (const link of card.querySelectorAll("[data-goes-on]")) {
    link.href = goingOnTo(link.getAttribute("href"), `/join#${secret}`)
  }
  card.ariaBusy = "false"
  const first = [...card.querySelectorAll("input, button")].find((each) => each.checkVisibility())
  first?.focus()
}

async function accept() {
  const refusal = await invitation.accept()
  // A guest can't accept what they have accepted: they are in.
  if (!refusal || refusal.code === "forbidden") return enter(room.slug)
  const key = `entry.refused.${refusal.code}`
  problem.textContent = words.say(words.has(key) ? key : "entry.refused.unreachable", { count: 1 })
}

function enter(slug) {
  location.assign(`/rooms/${encodeURIComponent(slug)}`)
}
