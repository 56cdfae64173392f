"""The page and its files, as a browser gets them."""

import re
from pathlib import Path

import pytest

from roomserver.config import AuthConfig, ServerConfig
from roomserver.service.identity import Mode
from tests.support.application import Open
from tests.support.talk import Client


@pytest.mark.parametrize("path", ["/", "/rooms/general", "/rooms/7", "/rooms/book-club"])
async def test_the_page_opens_at_every_rooms_address(client: Client, path: str) -> None:
    answer = await client.get(path)

    assert (answer.status, answer.content_type) == (200, "text/html")


async def test_the_page_has_nothing_inline(client: Client) -> None:
    html = await (await client.get("/")).text()

    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html) == []


async def test_an_address_that_no_room_can_have_has_no_page(client: Client) -> None:
    assert (await client.get("/rooms/a%20b")).status == 404


async def test_every_file_that_the_page_names_is_there_and_kept_for_ever(client: Client) -> None:
    html = await (await client.get("/")).text()
    files = set(re.findall(r'(?:src|href)="(/assets/[^"#]+)', html))

    assert files
    for name in files:
        answer = await client.get(name)
        assert (answer.status, answer.headers["Cache-Control"]) == (
            200,
            "public, max-age=31536000, immutable",
        ), name


async def test_files_are_sent_compressed_to_whoever_can_read_that(client: Client) -> None:
    page = await client.get("/", headers={"Accept-Encoding": "gzip"})
    html = await page.text()
    script = re.findall(r'src="(/assets/[^"]+\.js)"', html)[0]
    assert page.headers["Content-Encoding"] == "gzip"

    packed = await client.get(script, headers={"Accept-Encoding": "gzip"}, auto_decompress=False)
    plain = await client.get(script, headers={"Accept-Encoding": "identity"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert plain.content_type == "text/javascript"


async def test_stylesheets_come_together_in_the_order_in_which_they_are_asked_for(
    client: Client,
) -> None:
    both = await (await client.get("/assets/x/css/layers+tokens.css")).text()

    layers, tokens = [
        await (await client.get(f"/assets/x/css/{name}.css")).text()
        for name in ("layers", "tokens")
    ]
    assert both == f"{layers}\n{tokens}"


@pytest.mark.parametrize(
    "name",
    [
        "../templates/room.html",
        "templates/room.html",
        "nowhere.js",
        "css/layers+nowhere.css",
        "css/layers+layers.css",
        "css/layers+tokens",
        "css/+.css",
    ],
)
async def test_what_is_no_file_of_the_page_is_not_served(client: Client, name: str) -> None:
    answer = await client.get(f"/assets/x/{name}")

    assert answer.status == 404


@pytest.mark.parametrize(
    ("host", "mode", "times"),
    [("0.0.0.0", "open", 1), ("127.0.0.1", "open", 0), ("0.0.0.0", "tokens", 0)],  # noqa: S104 - nobody listens
)
async def test_the_page_says_where_strangers_can_take_any_name(
    open_app: Open, tmp_path: Path, host: str, mode: Mode, times: int
) -> None:
    auth = AuthConfig(mode=mode, allow_open_on_network=True)
    if mode == "tokens":
        auth = AuthConfig(
            mode=mode,
            token_secret="a secret that is long enough for HS256",  # noqa: S106 - a test's
            token_audience="rooms",  # noqa: S106 - not one
            token_issuer="https://app.example",  # noqa: S106 - not one
        )
    client = await open_app(server=ServerConfig(data_dir=str(tmp_path), host=host), auth=auth)

    page = await (await client.get("/")).text()

    assert page.count("data-open-on-network") == times
