// Signing in, signing up and setting up: a form, an answer, and on into the rooms.

import { Shelf } from "../helpers/shelf.js"
import { Person } from "../models/person.js"
import { Preferences } from "../models/preferences.js"
import { Words } from "../models/words.js"
import { speak } from "../ui/language.js"
import { wearTheme } from "../ui/theme.js"
import { EntryForm } from "./entry_form.js"
import { Entry } from "./entry.js"

const shelf = new Shelf(() => localStorage)
const preferences = new Preferences(shelf)
const words = new Words()

// What stands behind the # was never sent: it goes from here into a request's body only.
const secret = location.hash.slice(1)
if (secret) history.replaceState(null, "", location.pathname)

wearTheme(preferences.theme)
await speak({ words, preferences })
const entry = new Entry({
  kind: document.documentElement.dataset.entry,
  secret,
  fetch: (...request) => fetch(...request),
})
const form = new EntryForm({ words, entry })
entry.addEventListener("in", ({ detail }) => {
  new Person(shelf).become(detail)
  location.assign("/")
})
form.show(await entry.mode())
