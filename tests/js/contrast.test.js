// The colours that stand on each other, held to WCAG's contrast in both schemes.

import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"

const tokens = readFileSync(new URL("../../web/css/tokens.css", import.meta.url), "utf8")

const AAA = 7
const AA = 4.5
const GRAPHICAL = 3

const PAIRS = [
  ["text", "surface", AAA],
  ["text", "side", AAA],
  ["text", "raised", AAA],
  ["text", "hover", AAA],
  ["text", "accent-soft", AAA],
  ["quiet", "surface", AA],
  ["quiet", "side", AA],
  ["quiet", "raised", AA],
  ["quiet", "hover", AA],
  ["accent", "surface", AA],
  ["accent", "raised", AA],
  ["accent", "accent-soft", AA],
  ["on-accent", "accent", AA],
  ["on-accent", "accent-strong", AA],
  ["alarm", "surface", AA],
  ["alarm", "raised", AA],
  ["alarm", "alarm-soft", AA],
  ["warning", "warning-soft", AA],
  ["edge", "raised", GRAPHICAL],
]

for (const [scheme, index] of [["light", 1], ["dark", 2]]) {
  for (const [front, back, least] of PAIRS) {
    test(`${scheme}: ${front} on ${back} has a contrast of at least ${least}`, () => {
      const found = contrast(luminance(front, index), luminance(back, index))

      assert.ok(found >= least, found.toFixed(2))
    })
  }

  test(`${scheme}: initials are readable on every person's hue`, () => {
    const avatar = readFileSync(new URL("../../web/css/avatar.css", import.meta.url), "utf8")
    const [paper, ink] = ["background", "color"].map((name) => avatarColour(avatar, name, index))
    for (let hue = 0; hue < 360; hue += 30) {
      assert.ok(contrast(oklch(...paper, hue), oklch(...ink, hue)) >= AA, `hue ${hue}`)
    }
  })
}

function avatarColour(style, name, index) {
  const value = "oklch\\(([\\d.]+)% ([\\d.]+) var\\(--hue\\)\\)"
  const found = style.match(new RegExp(`\\s${name}: light-dark\\(${value}, ${value}\\)`, "u"))
  const [lightness, chroma] = found.slice(index === 1 ? 1 : 3).map(Number)
  return [lightness / 100, chroma]
}

function luminance(name, index) {
  const value = "oklch\\(([\\d.]+)% ([\\d.]+) ([\\d.]+)\\)"
  const found = tokens.match(new RegExp(`--color-${name}: light-dark\\(${value}, ${value}\\)`, "u"))
  const [lightness, chroma, hue] = found.slice(index === 1 ? 1 : 4).map(Number)
  return oklch(lightness / 100, chroma, hue)
}

// The relative luminance of a colour: OKLCH → linear sRGB → Y.
function oklch(lightness, chroma, hue) {
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const clip = (value) => Math.min(1, Math.max(0, value))
  const red = clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s)
  const green = clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s)
  const blue = clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one, other) {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
}
