"""A real Chromium: the machine's, or a fetched one, or a sentence that says how to get one."""

import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.support.packages import Missing, answers, apt_install, run_quietly

NAMES = (
    "chromium-headless-shell",  # opens a page four times as fast as the others
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "microsoft-edge-stable",
)
MAC_APPLICATIONS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge"),
)
PLAYWRIGHTS_OWN = (
    "chromium_headless_shell-*/*/*headless*shell*",
    "chromium-*/*/chrome",
    "chromium-*/*/*.app/Contents/MacOS/*",
)
ARGUMENTS = (
    "--no-sandbox",  # it can't have one as root, and sees only our own page
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
PLAYWRIGHT = (sys.executable, "-m", "playwright")


@asynccontextmanager
async def open_browser(executable: Path) -> AsyncIterator[Browser]:
    """Run a headless browser until the end of the block."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


def find_chromium() -> Path:
    """
    Return the path of a Chromium that runs here.

    Raises:
        Missing: If there is none, and none can be had.

    """
    _check_playwright()
    if chosen := os.environ.get("ROOMSERVER_TEST_CHROMIUM"):
        if not answers(chosen):
            raise Missing(f"ROOMSERVER_TEST_CHROMIUM={chosen} does not run.")
        return Path(chosen)
    if (found := _installed()) or (_fetch() and (found := _installed())):
        return found
    raise Missing(
        "The tests need a real Chromium. Debian: sudo apt-get install chromium-headless-shell; "
        "Ubuntu: sudo .venv/bin/playwright install --with-deps chromium; macOS: brew install "
        "--cask google-chrome; or set ROOMSERVER_TEST_CHROMIUM to the path of one."
    )


def _check_playwright() -> None:
    # Its driver is a node that needs a library which a minimal Debian lacks.
    version = (*PLAYWRIGHT, "--version")
    if (complaint := run_quietly(version)) and apt_install("libatomic1"):
        complaint = run_quietly(version)
    if complaint:
        raise Missing(
            f"Playwright's driver does not start ({complaint}). "
            "If libatomic.so.1 is missing: sudo apt-get install libatomic1"
        )


def _installed() -> Path | None:
    # A snap's stand-in, or a program that lacks libraries, is found but does not answer.
    return next((path for path in _candidates() if answers(path)), None)


def _candidates() -> Iterator[Path]:
    yield from (Path(found) for name in NAMES if (found := shutil.which(name)))
    yield from filter(Path.exists, MAC_APPLICATIONS)
    default = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    downloads = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or f"{default}/ms-playwright"
    for pattern in PLAYWRIGHTS_OWN:
        yield from sorted(Path(downloads).expanduser().glob(pattern), reverse=True)


def _fetch() -> bool:
    if apt_install("chromium-headless-shell") or apt_install("chromium"):
        return True
    with_libraries = ["--with-deps"] if os.geteuid() == 0 and sys.platform == "linux" else []
    install = [*PLAYWRIGHT, "install", *with_libraries, "--only-shell", "chromium"]
    return not run_quietly(install)
