// Every sentence the page says, in the reader's language. No sentence is in the code.

import { daysFrom } from "../helpers/calendar.js"

const LANGUAGES = ["en", "es"]
const WEEKDAYS_BACK = 6
const AGO = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3_600], ["minute", 60]]

export class Words extends EventTarget {
  #catalog = {}
  #language = null
  #locale = "en"
  #formatters = new Map() // they are slow to make

  get language() {
    return this.#language
  }

  get locale() {
    return this.#locale
  }

  // `preferred`: the browser's languages, so that "en" keeps the reader's own en-GB clock.
  use({ language, catalog, preferred = [] }) {
    this.#language = language
    this.#catalog = catalog
    this.#locale = preferred.find((tag) => baseOf(tag) === language) ?? language
    this.#formatters.clear()
    this.dispatchEvent(new Event("change"))
  }

  has(key) {
    return key in this.#catalog
  }

  // Why something was refused: ours if there is one, else the server's own sentence.
  refusal({ code, message }) {
    const key = `error.${code}`
    return this.has(key) ? this.say(key) : message
  }

  // "{name}" stands for a value; a sentence with forms is chosen by `count`.
  say(key, values = {}) {
    const found = this.#catalog[key] ?? key
    const form = typeof found === "string" ? found : this.#formOf(found, values.count)
    return form.replace(/\{(\w+)\}/gu, (_, name) => this.#written(values[name]))
  }

  list(names) {
    return new Intl.ListFormat(this.#locale, { type: "conjunction" }).format(names)
  }

  time(date) {
    return this.#dates({ hour: "2-digit", minute: "2-digit" }).format(date)
  }

  moment(date) {
    return this.#dates({ dateStyle: "full", timeStyle: "medium" }).format(date)
  }

  // "5 min ago", in the largest unit that fits.
  ago(date, now) {
    const elapsed_s = Math.max(0, (now - date) / 1_000)
    const [unit, length_s] = AGO.find(([, each_s]) => elapsed_s >= each_s) ?? AGO.at(-1)
    const format = new Intl.RelativeTimeFormat(this.#locale, { style: "narrow", numeric: "auto" })
    return format.format(-Math.floor(elapsed_s / length_s), unit)
  }

  // "30 sec", "5 min", "1 hr".
  span(seconds) {
    const [unit, length_s] = AGO.find(([, each_s]) => seconds >= each_s && seconds % each_s === 0) ?? ["second", 1]
    const style = { style: "unit", unit, unitDisplay: "short" }
    return new Intl.NumberFormat(this.#locale, style).format(seconds / length_s)
  }

  day(date, now) {
    const days = daysFrom(now, date)
    if (days === 0 || days === -1) return capital(this.#relative.format(days, "day"))
    if (days < 0 && days >= -WEEKDAYS_BACK) {
      return capital(this.#dates({ weekday: "long" }).format(date))
    }
    const isThisYear = date.getFullYear() === now.getFullYear()
    const year = isThisYear ? {} : { year: "numeric" }
    return capital(this.#dates({ weekday: "long", day: "numeric", month: "long", ...year }).format(date))
  }

  get #relative() {
    return new Intl.RelativeTimeFormat(this.#locale, { numeric: "auto" })
  }

  #dates(options) {
    const name = JSON.stringify(options)
    if (!this.#formatters.has(name)) {
      this.#formatters.set(name, new Intl.DateTimeFormat(this.#locale, options))
    }
    return this.#formatters.get(name)
  }

  #formOf(forms, count) {
    return forms[new Intl.PluralRules(this.#locale).select(count)] ?? forms.other
  }

  #written(value) {
    if (typeof value === "number") return new Intl.NumberFormat(this.#locale).format(value)
    return value ?? ""
  }
}

// The first of the reader's languages that we speak.
export function chosenLanguage(preferred) {
  return preferred.map(baseOf).find((language) => LANGUAGES.includes(language)) ?? "en"
}

function baseOf(tag) {
  return tag.toLowerCase().split("-")[0]
}

function capital(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1)
}
