"""The addresses in the docs are those that are served; the links in the docs lead somewhere."""

import re
from pathlib import Path

import pytest
from aiohttp import web

from tests.support.talk import Client

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


async def test_the_addresses_of_the_protocol_are_those_that_are_served(client: Client) -> None:
    text = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    table = text[text.index("## HTTP") :]
    app = client.app
    assert isinstance(app, web.Application)

    documented = set(re.findall(r"`(GET|POST|PATCH|DELETE) (/\S*)`", table))

    assert documented == {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None
        and route.method != "HEAD"
        and not route.resource.canonical.startswith(("/assets", "/ws/{room}"))
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!http)([^)#]+)", page.read_text(encoding="utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_in_angle_brackets_is_this_machine(page: Path) -> None:
    hosts = re.findall(r"<https?://([^/:>]+)", page.read_text(encoding="utf-8"))

    assert set(hosts) <= {"localhost"}
