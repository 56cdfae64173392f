// For how long and for how many a link is good, as whoever makes it may choose.

import { span } from "./moments.js"
import { offer } from "./options.js"

const LASTS_S = [3_600, 86_400, 604_800, 2_592_000]
const USES = [1, 5, 25, 100, 1_000]

// `lasts`, `uses`: the two <select>s; `usesMax`: as many as the server allows.
export function offerTerms(words, { lasts, uses, usesMax }) {
  offer(lasts, LASTS_S.map((each_s) => [each_s, span(words, each_s)]), 604_800)
  const counts = USES.filter((count) => count <= usesMax)
  offer(uses, counts.map((count) => [count, words.say("manage.invite.uses", { count })]), 1)
}
