"""Addresses to give to others, and their QR codes."""

import xml.etree.ElementTree as ET

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from roomserver.edge.keys import SITE, Site
from roomserver.edge.links import network_origin, public_origin, qr_for_terminal
from tests.support.talk import Client

SVG = "{http://www.w3.org/2000/svg}svg"
ADA = "user_id=1&username=Ada"


async def test_a_room_has_a_link_to_give_to_others(client: Client) -> None:
    link = await (await client.get("/api/v1/rooms/1/link")).json()

    origin = f"http://{client.host}:{client.port}"
    assert link == {"url": f"{origin}/rooms/general", "qr": "/rooms/general/qr.svg"}


async def test_the_link_is_a_picture_too(client: Client) -> None:
    answer = await client.get("/rooms/general/qr.svg")

    assert answer.content_type == "image/svg+xml"
    assert ET.fromstring(await answer.text()).tag == SVG  # noqa: S314 - our own


@pytest.mark.parametrize(
    ("host", "address", "origin"),
    [
        ("localhost:8000", "192.0.2.7", "http://192.0.2.7:8000"),
        ("127.0.0.1:8000", "192.0.2.7", "http://192.0.2.7:8000"),
        ("[::1]:8000", "2001:db8::7", "http://[2001:db8::7]:8000"),
        ("localhost:8000", None, "http://localhost:8000"),
        ("chat.example", "192.0.2.7", "http://chat.example"),
        ("192.0.2.9:8000", "192.0.2.7", "http://192.0.2.9:8000"),
    ],
)
def test_what_is_asked_for_as_localhost_is_elsewhere_to_others(
    host: str, address: str | None, origin: str
) -> None:
    app = web.Application()
    app[SITE] = Site(version="1", is_on_network=True, network_address=address)
    request = make_mocked_request("GET", "/", headers={"Host": host}, app=app)

    assert public_origin(request) == origin


@pytest.mark.parametrize(
    ("address", "port", "origin"),
    [
        ("192.0.2.7", 8000, "http://192.0.2.7:8000"),
        ("2001:db8::7", 8000, "http://[2001:db8::7]:8000"),
        ("192.0.2.7", None, "http://192.0.2.7"),
    ],
)
def test_an_address_on_the_network_begins_a_link(
    address: str, port: int | None, origin: str
) -> None:
    assert network_origin(address, port) == origin


async def test_a_link_with_a_secret_is_drawn_without_standing_in_an_address(
    client: Client,
) -> None:
    answer = await client.post(f"/api/v1/qr?{ADA}", json={"path": "/join#secret"})

    assert (answer.status, answer.content_type) == (200, "image/svg+xml")
    assert "secret" not in await answer.text()


@pytest.mark.parametrize("path", ["", "//evil.example", "https://evil.example", "/\n", "/" * 501])
async def test_only_addresses_of_this_server_are_drawn(client: Client, path: str) -> None:
    answer = await client.post(f"/api/v1/qr?{ADA}", json={"path": path})

    assert answer.status == 400


async def test_a_room_that_is_not_there_has_no_link(client: Client) -> None:
    assert (await client.get("/rooms/nowhere/qr.svg")).status == 404
    assert (await client.get("/api/v1/rooms/nowhere/link")).status == 404


def test_a_link_is_drawn_at_a_terminal() -> None:
    lines = qr_for_terminal("http://192.0.2.7:8000/").splitlines()

    assert 10 < len(lines) < 24
    assert len({len(line) for line in lines}) == 1
