// Looking for what was said in this room. One line is typed, what is found stands below it,
// the newest first, and each is a way to its place.

import { permalink } from "../helpers/addresses.js"
import { piecesOf } from "../helpers/excerpts.js"
import { Search } from "../models/search.js"
import { paintAvatar } from "./avatar.js"
import { cloned, part, region } from "./dom.js"
import { Region } from "./region.js"

const STEPS = { ArrowDown: 1, ArrowUp: -1 }

export class SearchDialog extends Region {
  #ask
  #timers
  #search
  #input

  // `ask(room, text, before)` resolves to a page of what was found.
  constructor({ words, ask, timers }) {
    super({ element: region("search"), words })
    this.#ask = ask
    this.#timers = timers
    this.#input = part(this.element, "input")
    this.#input.addEventListener("input", () => this.#search.type(this.#input.value))
    part(this.element, "form").addEventListener("submit", this.#submitted)
    part(this.element, "more").addEventListener("click", this.#wantsMore)
    part(this.element, "retry").addEventListener("click", () => this.#search.retry())
    part(this.element, "list").addEventListener("click", this.#chosen)
    part(this.element, "close").addEventListener("click", () => this.element.close())
    this.element.addEventListener("click", ({ target }) => target === this.element && this.element.close())
    this.element.addEventListener("keydown", this.#stepped)
    addEventListener("online", () => this.#search?.retry())
    addEventListener("keydown", this.#called)
    for (const button of document.querySelectorAll("[data-searches]")) {
      button.addEventListener("click", () => this.open())
    }
  }

  connect() {
    const { session } = this
    this.#search = new Search({ ask: (text, before) => this.#ask(session.ref, text, before), timers: this.#timers })
    this.#input.value = ""
    this.on(this.#search, "change", () => this.render())
    this.on(session, "room", () => this.render())
  }

  // As it was left: one may want the next one. What was said meanwhile is found, too.
  open() {
    if (document.querySelector("dialog[open]")) return
    this.element.showModal()
    this.#input.select()
    this.#search.now()
  }

  render() {
    const { state, results, hasMore, problem } = this.#search
    const name = this.session.room?.name ?? this.session.ref
    this.#input.placeholder = this.words.say("search.placeholder", { name })
    this.#input.setAttribute("aria-label", this.#input.placeholder)
    const isEmpty = results.length === 0
    this.element.classList.toggle("is-searching", state === "searching")
    part(this.element, "hint").hidden = state !== "idle"
    part(this.element, "nothing").hidden = state !== "found" || !isEmpty
    part(this.element, "nothing-text").textContent = this.words.say("search.nothing", { text: this.#search.text })
    part(this.element, "failed").hidden = state !== "failed"
    part(this.element, "problem").textContent = problem ? this.words.refusal(problem) : ""
    part(this.element, "more").hidden = !hasMore
    part(this.element, "status").textContent = this.#status
    this.#list(results)
  }

  // Told to a screen reader, once it is known.
  get #status() {
    const { state, results, hasMore, text } = this.#search
    if (state !== "found") return ""
    const count = results.length
    if (count === 0) return this.words.say("search.nothing", { text })
    return this.words.say(hasMore ? "search.found_more" : "search.found", { count })
  }

  // Rows that stand for the same find are left alone: a focused one stays focused.
  #list(results) {
    const list = part(this.element, "list")
    const language = this.words.language
    const keyOf = ({ id, excerpt, marks }) => JSON.stringify([language, id, excerpt, marks])
    const known = new Map([...list.children].map((row) => [row.dataset.key, row]))
    list.replaceChildren(...results.map((result) => known.get(keyOf(result)) ?? this.#row(result, keyOf(result))))
  }

  #row({ id, user_id, username, created_at, excerpt, marks }, key) {
    const row = cloned("find", this.words)
    row.dataset.key = key
    const date = new Date(created_at)
    const time = part(row, "time")
    part(row, "link").href = permalink(this.session.ref, id)
    paintAvatar(part(row, "avatar"), { user_id, username })
    part(row, "author").textContent = username
    time.dateTime = created_at
    time.textContent = this.#momentOf(date)
    time.title = this.words.moment(date)
    part(row, "text").replaceChildren(...piecesOf(excerpt, marks).map(nodeOf))
    return row
  }

  #momentOf(date) {
    return this.words.say("unread.moment", { day: this.words.day(date, new Date()), time: this.words.time(date) })
  }

  #submitted = (event) => {
    event.preventDefault()
    if (this.#search.isAnswered) this.#links[0]?.focus()
    else this.#search.now()
  }

  // The link itself leads there; a new tab leaves this one as it is.
  #chosen = (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
    if (event.target.closest("a") && isPlain) this.element.close()
  }

  #wantsMore = async () => {
    const count = this.#links.length
    await this.#search.more()
    this.#links[count]?.focus()
  }

  get #links() {
    return [...part(this.element, "list").querySelectorAll("a")]
  }

  // From what is typed to what was found, and back.
  #stepped = (event) => {
    const step = STEPS[event.key]
    if (!step || event.isComposing) return
    const places = [this.#input, ...this.#links]
    const next = places[places.indexOf(document.activeElement) + step]
    if (!next || !places.includes(document.activeElement)) return
    event.preventDefault()
    next.focus()
    next.scrollIntoView({ block: "nearest" })
  }

  #called = (event) => {
    const isCall = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey
    if (!isCall) return
    event.preventDefault()
    if (this.element.open) this.#input.select()
    else this.open()
  }
}

function nodeOf({ text, isMarked }) {
  if (!isMarked) return document.createTextNode(text)
  const mark = document.createElement("mark")
  mark.textContent = text
  return mark
}
