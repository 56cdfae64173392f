"""
Draws the icons of the installed page from favicon.svg: ``python -m tests.browser.icons``.

One with round corners for where it stands as it is, and one that may be cut into any shape: its
ground goes to the edges, and what matters lies within the middle circle of 80 %.
"""

import asyncio
import re
from pathlib import Path
from typing import Final

from playwright.async_api import Browser

from tests.support.browser import find_chromium, open_browser

FOLDER: Final = Path(__file__).parents[2] / "web" / "icons"
MASKABLE_SCALE: Final = 0.82
"""So much smaller is the sign in an icon that is cut."""


async def main() -> None:
    sign = (FOLDER / "favicon.svg").read_text(encoding="utf-8")
    async with open_browser(find_chromium()) as browser:
        await _draw(browser, sign, size=192, name="icon-192.png")
        await _draw(browser, sign, size=512, name="icon-512.png")
        await _draw(browser, _for_any_shape(sign), size=512, name="icon-maskable-512.png")


def _for_any_shape(sign: str) -> str:
    margin = 16 * (1 - MASKABLE_SCALE)
    ground, inner = re.split(r"(?<=/>)", sign.replace(' rx="8"', ""), maxsplit=1)
    inner = inner.removesuffix("\n").removesuffix("</svg>")
    move = f"translate({margin} {margin}) scale({MASKABLE_SCALE})"
    return f'{ground}<g transform="{move}">{inner}</g></svg>'


async def _draw(browser: Browser, sign: str, *, size: int, name: str) -> None:
    page = await browser.new_page(viewport={"width": size, "height": size})
    sized = sign.replace("<svg ", f'<svg width="{size}" height="{size}" style="display:block" ', 1)
    await page.set_content(f"<body style='margin:0'>{sized}</body>")
    await page.screenshot(path=FOLDER / name, omit_background=True)
    await page.close()


if __name__ == "__main__":
    asyncio.run(main())
