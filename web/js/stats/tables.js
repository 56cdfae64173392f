// The same figures in words and numbers: of everything, of each room, of each instance.

import { part, region } from "../ui/dom.js"
import { MEASURES, linePoints, summaryOf } from "./measures.js"
import { numberWord, unitWord } from "./numbers.js"

const SVG = "http://www.w3.org/2000/svg"

export class Tables {
  #words
  #feed
  #element = region("stats")

  constructor({ words, feed }) {
    this.#words = words
    this.#feed = feed
    feed.addEventListener("figures", () => this.#show())
  }

  #show() {
    const { series, rooms, instances, rooms_left_out: count } = this.#feed.figures
    this.#fill("measures", MEASURES.map((measure) => this.#measure(measure, summaryOf(series[measure.field]))))
    this.#fill("rooms", rooms.map((room) => this.#room(room)), "stats.no_rooms")
    this.#fill("instances", instances.map((instance) => this.#instance(instance)))
    part(this.#element, "note").textContent = count ? this.#words.say("stats.left_out", { count }) : ""
  }

  #fill(name, rows, nothing = "stats.nothing") {
    const body = part(this.#element, name)
    const columns = body.closest("table").tHead.rows[0].cells.length
    body.replaceChildren(...(rows.length ? rows : [this.#empty(nothing, columns)]))
  }

  #measure({ name, unit }, { now, mean, peak }) {
    const told = (value) => [numberWord(value, this.#words), value === null ? "" : unitWord(unit, this.#words)].join(" ").trim()
    return row(heading(this.#words.say(`stats.${name}`)), ...[now, mean, peak].map((value) => cell(told(value))))
  }

  #room({ slug, name, people, connections, messages_per_s, deliveries_per_s, history }) {
    const link = document.createElement("a")
    link.href = `/rooms/${encodeURIComponent(slug)}`
    link.textContent = name
    link.dir = "auto"
    const numbers = [people, connections, messages_per_s, deliveries_per_s].map((value) => this.#number(value))
    return row(heading(link), ...numbers, cell(sparkline(history)))
  }

  #instance({ instance, now, history }) {
    const { people, connections, messages_per_s, deliveries_per_s, ack_p99_ms } = now
    const numbers = [people, connections, messages_per_s, deliveries_per_s].map((value) => this.#number(value))
    const ack = [numberWord(ack_p99_ms, this.#words), ack_p99_ms === null ? "" : unitWord("ms", this.#words)].join(" ")
    return row(heading(instance), ...numbers, cell(ack), cell(sparkline(history)))
  }

  #number(value) {
    return cell(numberWord(value, this.#words))
  }

  #empty(key, columns) {
    const only = cell(this.#words.say(key))
    only.colSpan = columns
    only.className = "table__nothing"
    return row(only)
  }
}

function row(...cells) {
  const element = document.createElement("tr")
  element.append(...cells)
  return element
}

function heading(content) {
  const element = document.createElement("th")
  element.scope = "row"
  element.append(content)
  return element
}

function cell(content) {
  const element = document.createElement("td")
  element.append(content)
  return element
}

function sparkline(values) {
  const picture = document.createElementNS(SVG, "svg")
  picture.setAttribute("class", "sparkline")
  picture.setAttribute("viewBox", "0 -4 100 108")
  picture.setAttribute("preserveAspectRatio", "none")
  picture.setAttribute("aria-hidden", "true")
  const line = document.createElementNS(SVG, "polyline")
  line.setAttribute("points", linePoints(values))
  line.setAttribute("vector-effect", "non-scaling-stroke")
  picture.append(line)
  return picture
}
