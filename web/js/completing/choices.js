// What can be completed where one writes: "@an" to a person, ":ca" to an emoji.

import { emojiTable } from "./emoji.js"

const CHOICES_MAX = 6 // on a phone they fit without scrolling
const NAME_CHARS_MAX = 40 // of what has been typed of it
const MENTION = /(?:^|[^\p{L}\p{N}_@])@(?<query>[^@\n]*)$/u
const EMOJI = /(?:^|[\s(])(?<mark>:(?<query>[\p{L}\p{N}_+]{2,}))$/u
const WHOLE_EMOJI = /(?:^|[\s(])(?<mark>:(?<query>[\p{L}\p{N}_+]{2,}):)$/u

// {kind: "mention" | "emoji", from, to, query}, or null: what is being typed at `caret`.
export function wordAt(text, caret) {
  const before = text.slice(0, caret)
  const emoji = before.match(EMOJI)?.groups
  if (emoji) return { kind: "emoji", from: caret - emoji.mark.length, to: caret, query: emoji.query }
  const query = before.match(MENTION)?.groups.query
  if (query === undefined || query.length > NAME_CHARS_MAX || /^\s|\s{2}/u.test(query)) return null
  return { kind: "mention", from: caret - query.length - 1, to: caret, query }
}

// ":heart:" just closed: {from, to, insert}, or null.
export function wholeEmojiAt(text, caret) {
  const found = text.slice(0, caret).match(WHOLE_EMOJI)?.groups
  const name = found && folded(found.query)
  const entry = found && emojiTable().find(({ names }) => [...names.en, ...names.es].some((each) => folded(each) === name))
  return entry ? { from: caret - found.mark.length, to: caret, insert: entry.emoji } : null
}

// The people to choose from, whoever spoke last first: [{insert, label, person}].
// `people`: those who are or were here; `messages`: what was said, oldest first.
export function mentionChoices(query, { people, messages, myId }) {
  const wanted = folded(query)
  const byId = new Map()
  const meet = ({ user_id, username }) => user_id !== myId && !byId.has(user_id) && byId.set(user_id, { user_id, username })
  messages.toReversed().forEach(meet)
  people.forEach(meet)
  const starts = ({ username }) => folded(username).startsWith(wanted)
  const hasWord = ({ username }) => folded(username).split(/\s+/u).some((word) => word.startsWith(wanted))
  return ranked([...byId.values()], [starts, hasWord])
    .filter(({ username }) => folded(username) !== wanted.trimEnd() || username.length > query.length)
    .map((person) => ({ insert: `@${person.username} `, label: person.username, person }))
}

// [{insert, label, emoji}], with the names in the reader's language.
export function emojiChoices(query, language) {
  const wanted = folded(query)
  const namesOf = ({ names }) => [...names[language], ...names.en, ...names.es].map(folded)
  const isFirst = (entry) => folded(entry.names[language][0]).startsWith(wanted)
  const starts = (entry) => namesOf(entry).some((name) => name.startsWith(wanted))
  const has = (entry) => namesOf(entry).some((name) => name.includes(wanted))
  return ranked(emojiTable(), [isFirst, starts, has]).map(({ emoji, names }) => ({
    insert: `${emoji} `,
    label: names[language][0].replaceAll("_", " "),
    emoji,
  }))
}

// Those that any of the tests takes, by the first one that does.
function ranked(all, tests) {
  return [...new Set(tests.flatMap((test) => all.filter(test)))].slice(0, CHOICES_MAX)
}

// Without regard to case and accents, as the server looks names up.
function folded(text) {
  return text.normalize("NFD").replace(/\p{Mn}/gu, "").toLocaleLowerCase()
}
