"""What axe-core has against a page: the rules of WCAG 2.2 A and AA, and best practices."""

from functools import cache
from typing import Any

from tests.browser.visitor import Visitor
from tests.support.clients import NPM, npm_packages
from tests.support.node import find_node

SERIOUS = ("serious", "critical")


async def faults(visitor: Visitor) -> list[str]:
    """Return a line for each element with a serious fault, in what is on screen now."""
    await visitor.page.evaluate(_axe())
    found: dict[str, Any] = await visitor.page.evaluate("axe.run(document)")
    return [
        f"{fault['id']}: {node['html'][:160]} {node['failureSummary']}"
        for fault in found["violations"]
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


@cache
def _axe() -> str:
    npm_packages(find_node())
    return (NPM / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
