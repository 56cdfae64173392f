// Loads the sentences of the reader's language and puts them into the page.

import { chosenLanguage } from "../models/words.js"
import { sayAll } from "./dom.js"

export async function speak({ words, preferences }) {
  const preferred = [...navigator.languages]
  const language = preferences.language ?? chosenLanguage(preferred)
  if (language === words.language) return
  const answer = await fetch(new URL(`../../i18n/${language}.json`, import.meta.url))
  document.documentElement.lang = language
  words.use({ language, catalog: await answer.json(), preferred })
  sayAll(document.body, words)
}
