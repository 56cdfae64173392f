"""
The pages that are drawn from templates.

What draws them is loaded with the first: it takes 2.5 MB, and many a server only talks.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web


class Templates:
    """The templates in a folder, which all know the same *facts* besides their own."""

    def __init__(self, folder: Path, facts: Mapping[str, object]) -> None:
        self._folder = folder
        self._facts = facts
        self._environment: Any = None
        """Jinja's, once there is one."""

    async def draw(self, name: str, facts: Mapping[str, object]) -> str:
        """Return the template *name*, filled with *facts*."""
        if self._environment is None:
            # In a thread: others go on talking meanwhile.
            self._environment = await asyncio.to_thread(self._load)
        drawn: str = self._environment.get_template(name).render(facts)
        return drawn

    def _load(self) -> Any:
        import aiohttp_jinja2
        import jinja2

        # An application of its own: the one that serves can't be changed any more.
        environment = aiohttp_jinja2.setup(
            web.Application(),
            loader=jinja2.FileSystemLoader(self._folder),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals.update(self._facts)
        return environment
