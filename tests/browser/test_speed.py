"""
How the page feels, with generous limits: the figures of a quiet machine are in docs/page.md.

``python -m tests.browser.speed`` prints them; this only holds them to what is bearable on a busy
machine, in a browser without a graphics card.
"""

from pathlib import Path

from playwright.async_api import Browser

from tests.browser import speed


async def test_the_page_is_ready_soon(browser: Browser, tmp_path: Path) -> None:
    assert await speed.interactive_ms(browser, tmp_path, visits=3) < 3_000


async def test_scrolling_a_long_room_is_smooth(browser: Browser, tmp_path: Path) -> None:
    frames = await speed.scrolling(browser, tmp_path, messages=1_000)

    assert frames.seen_messages > 900
    assert frames.p95_ms < 100
    # 52 of them at 16 rows each, on any machine: what one of them works is bounded.
    assert frames.worst_task_ms < 60


async def test_traffic_leaves_nothing_behind(browser: Browser, tmp_path: Path) -> None:
    memory = await speed.memory_under_traffic(
        browser, tmp_path, per_second=400, messages=1_000, after=400
    )

    assert memory.messages >= 1_000
    assert memory.nodes_last < memory.nodes_first * 1.3
    assert memory.slope_bytes_per_message < 2_000
