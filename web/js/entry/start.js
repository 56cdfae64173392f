// What all pages that let people in begin with: the reader's language and theme.

import { Shelf } from "../helpers/shelf.js"
import { Person } from "../models/person.js"
import { Preferences } from "../models/preferences.js"
import { Words } from "../models/words.js"
import { speak } from "../ui/language.js"
import { wearTheme } from "../ui/theme.js"
import { readHash } from "./address.js"

export async function start() {
  const shelf = new Shelf(() => localStorage)
  const preferences = new Preferences(shelf)
  const words = new Words()
  const address = readHash(location.hash)
  wearTheme(preferences.theme)
  await speak({ words, preferences })
  return { ...address, words, person: new Person(shelf), fetch: (...request) => fetch(...request) }
}
