// Four charts, each with its number of now.

import { cloned, part, region } from "../ui/dom.js"
import { CHARTS, chartData } from "./measures.js"
import { numberWord, unitWord } from "./numbers.js"

const HEIGHT_PX = 152
const WINDOW_S = 300

export class Gauges {
  #words
  #feed
  #Chart
  #gauges = []

  constructor({ words, feed, Chart }) {
    this.#words = words
    this.#feed = feed
    this.#Chart = Chart
    this.#build()
    feed.addEventListener("figures", () => this.#show())
    new ResizeObserver(() => this.#resize()).observe(part(region("stats"), "gauges"))
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#build())
  }

  #build() {
    const place = part(region("stats"), "gauges")
    this.#gauges.forEach(({ chart }) => chart.destroy())
    place.replaceChildren()
    this.#gauges = CHARTS.map((measures) => {
      const element = cloned("gauge", this.#words)
      place.append(element)
      const holder = part(element, "chart")
      const chart = new this.#Chart(this.#options(measures, holder), [[], ...measures.map(() => [])], holder)
      return { element, chart, measures }
    })
    this.#show()
  }

  #show() {
    const { figures } = this.#feed
    for (const { element, chart, measures } of this.#gauges) {
      const { name, field, unit } = measures[0]
      const value = figures?.now[field] ?? null
      part(element, "name").textContent = this.#words.say(measures.length > 1 ? "stats.ack" : `stats.${name}`)
      part(element, "value").textContent = numberWord(value, this.#words)
      part(element, "unit").textContent = value === null ? "" : unitWord(unit, this.#words)
      if (figures) chart.setData(chartData(figures, measures.map((measure) => measure.field)))
    }
  }

  #resize() {
    for (const { element, chart } of this.#gauges) {
      chart.setSize({ width: part(element, "chart").clientWidth, height: HEIGHT_PX })
    }
  }

  #options(measures, holder) {
    const color = (name) => coloured(holder, `var(--color-${name})`)
    const strokes = [color("accent"), color("edge")]
    const axis = { stroke: color("quiet"), font: `11px ${getComputedStyle(holder).fontFamily}`, ticks: { show: false } }
    const lines = measures.map((_, index) => ({
      stroke: strokes[index],
      width: 1.75,
      fill: index ? undefined : color("accent-soft"),
      points: { show: false },
    }))
    const clock = (_, seconds) => seconds.map((second) => this.#words.time(new Date(second * 1_000)))
    const amount = (_, values) => values.map((value) => numberWord(value, this.#words))
    return {
      width: holder.clientWidth,
      height: HEIGHT_PX,
      padding: [8, 4, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: { x: { range: lastMinutes }, y: { range: (_, low, high) => [0, Math.max(high * 1.15, 1)] } },
      axes: [
        { ...axis, grid: { show: false }, values: clock, incrs: [60, 120, 300], space: 70, size: 26 },
        { ...axis, grid: { stroke: color("line"), width: 1 }, values: amount, space: 30, size: 38, gap: 6 },
      ],
      series: [{}, ...lines],
    }
  }
}

// Always as wide, so that the first minutes creep in from the end.
function lastMinutes(_, low, high) {
  const end = high ?? Date.now() / 1_000
  return [end - WINDOW_S, end]
}

// A canvas knows no custom properties, nor light-dark().
function coloured(element, value) {
  const probe = document.createElement("i")
  probe.style.color = value
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
