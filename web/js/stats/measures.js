// What is measured: where it stands in the figures, and in which unit it is told.

export const MEASURES = [
  { name: "connections", unit: null },
  { name: "messages", field: "messages_per_s", unit: "per_s" },
  { name: "deliveries", field: "deliveries_per_s", unit: "per_s" },
  { name: "ack_p50", field: "ack_p50_ms", unit: "ms" },
  { name: "ack_p99", field: "ack_p99_ms", unit: "ms" },
].map((measure) => ({ field: measure.name, ...measure }))

// One chart may show two of them.
export const CHARTS = [["connections"], ["messages"], ["deliveries"], ["ack_p50", "ack_p99"]].map((names) =>
  names.map((name) => MEASURES.find((measure) => measure.name === name)),
)

// {now, mean, peak}; null where nothing was measured.
export function summaryOf(values) {
  const measured = values.filter((value) => value !== null)
  if (measured.length === 0) return { now: null, mean: null, peak: null }
  const mean = measured.reduce((sum, value) => sum + value, 0) / measured.length
  return { now: values.at(-1), mean, peak: Math.max(...measured) }
}

// As a chart wants it: seconds, then a row for each of `fields`. A gap is where nothing was measured.
export function chartData({ series }, fields) {
  return [series.at_ms.map((at_ms) => at_ms / 1_000), ...fields.map((field) => series[field])]
}

// The points of a line in a box of 100 by 100, from the bottom up; "" for too few.
export function linePoints(values) {
  if (values.length < 2) return ""
  const top = Math.max(...values, Number.MIN_VALUE)
  const x = (index) => (index / (values.length - 1)) * 100
  const y = (value) => 100 - (value / top) * 100
  return values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(" ")
}
