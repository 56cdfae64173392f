// The stats page: asks for the figures, and shows them as charts and tables.

import { Shelf } from "../helpers/shelf.js"
import { Preferences } from "../models/preferences.js"
import { Words } from "../models/words.js"
import { speak } from "../ui/language.js"
import { wearTheme } from "../ui/theme.js"
import { Feed } from "./feed.js"
import { Gauges } from "./gauges.js"
import { LiveSign } from "./live_sign.js"
import { Tables } from "./tables.js"

const words = new Words()
const preferences = new Preferences(new Shelf(() => localStorage))
const feed = new Feed({
  fetch: (...request) => fetch(...request),
  timers: { setTimeout: setTimeout.bind(window), clearTimeout: clearTimeout.bind(window) },
})

wearTheme(preferences.theme)
await speak({ words, preferences })
new LiveSign({ words, feed })
new Tables({ words, feed })
new Gauges({ words, feed, Chart: window.uPlot })
document.addEventListener("visibilitychange", () => (document.hidden ? feed.pause() : feed.resume()))
feed.resume()
