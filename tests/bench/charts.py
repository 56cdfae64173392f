"""Bars as SVG, in colours that can be read on a light and on a dark page."""

from collections.abc import Mapping
from html import escape

from tests.bench.contest import tidy

WIDTH, LEFT, RIGHT, TOP, ROW, BAR = 720, 170, 90, 52, 34, 20

SIZE = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}"'
STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 } .note { font-size: 12px; fill: #59636e }
  .ours { fill: #1a7f5a } .theirs { fill: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .note { fill: #9198a1 }
    .ours { fill: #3fb68b } .theirs { fill: #656c76 }
  }
"""


def bars(title: str, note: str, values: Mapping[str, float], *, ours: str) -> str:
    """Draw *values* as they come; those whose names begin with *ours* stand out."""
    height = TOP + ROW * len(values) + 8
    longest = max(values.values(), default=1.0) or 1.0
    lines = [
        f'<svg {SIZE.format(WIDTH, height)} role="img" aria-label="{escape(title)}">',
        f"<style>{STYLE}</style>",
        f'<text class="title" x="0" y="18">{escape(title)}</text>',
        f'<text class="note" x="0" y="38">{escape(note)}</text>',
    ]
    for place, (name, value) in enumerate(values.items()):
        y = TOP + ROW * place
        width = max(1.0, value / longest * (WIDTH - LEFT - RIGHT))
        kind = "ours" if name.startswith(ours) else "theirs"
        lines += [
            f'<text x="{LEFT - 10}" y="{y + 15}" text-anchor="end">{escape(name)}</text>',
            f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" rx="3"/>',
            f'<text x="{LEFT + width + 8:.1f}" y="{y + 15}">{tidy(value)}</text>',
        ]
    return "\n".join([*lines, "</svg>\n"])
