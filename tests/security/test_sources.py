"""Whose request it is: what is counted as one address, and which hosts are ours."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from aiohttp import WSServerHandshakeError, web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from roomserver.config import ServerConfig
from roomserver.core.errors import Forbidden
from roomserver.core.limits import Limits
from roomserver.edge.caller import address_of, check_host, source_of
from roomserver.edge.identity import is_secure
from roomserver.edge.keys import SITE, Site
from roomserver.service.identity import Mode
from tests.support.application import Open
from tests.support.talk import Client, join

PROXIES = ("192.0.2.0/24", "2001:db8:ffff::/48")


def request_from(remote: str, **headers: Sequence[str]) -> web.Request:
    app = web.Application()
    app[SITE] = Site(version="", is_on_network=True, trusted_proxies=PROXIES)
    lines = [(name.replace("_", "-"), value) for name in headers for value in headers[name]]
    request = make_mocked_request("GET", "/", headers=CIMultiDict(lines), app=app)
    return request.clone(remote=remote)


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        # A proxy that adds a header of its own leaves the client's in front of it.
        (["127.0.0.1", "203.0.113.9"], "203.0.113.9"),
        (["127.0.0.1, 10.0.0.1", "203.0.113.9"], "203.0.113.9"),
        (["203.0.113.9:51234"], "203.0.113.9"),
        (["[2001:db8::7]:51234"], "2001:db8::7"),
        (["2001:DB8:0::7"], "2001:db8::7"),
        (["::ffff:203.0.113.9"], "203.0.113.9"),
        # What is no address is nobody's, and neither is what stands in front of it.
        (["203.0.113.9, unknown"], "192.0.2.1"),
        (["203.0.113.9, \x1b[31m"], "192.0.2.1"),
        (["x" * 8_000], "192.0.2.1"),
        ([","], "192.0.2.1"),
        (["203.0.113.9, 192.0.2.77"], "203.0.113.9"),
    ],
)
def test_of_forwarded_addresses_the_last_that_no_proxy_has_counts(
    lines: list[str], address: str
) -> None:
    assert address_of(request_from("192.0.2.1", X_Forwarded_For=lines)) == address


def test_a_proxy_is_known_by_its_address_in_the_form_of_the_other_version_too() -> None:
    request = request_from("::ffff:192.0.2.1", X_Forwarded_For=["203.0.113.9"])

    assert address_of(request) == "203.0.113.9"


def test_of_forwarded_protocols_the_last_counts() -> None:
    forged = request_from("192.0.2.1", X_Forwarded_Proto=["https", "http"])

    assert not is_secure(forged)
    assert is_secure(request_from("192.0.2.1", X_Forwarded_Proto=["http", "https"]))


@pytest.mark.parametrize(
    ("remote", "source"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::99", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::99", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_whoever_has_a_network_of_addresses_is_counted_once(remote: str, source: str) -> None:
    assert source_of(request_from(remote)) == source


async def test_another_address_of_ones_network_opens_no_further_connection(
    open_app: Open, tmp_path: Path
) -> None:
    server = ServerConfig(data_dir=str(tmp_path), trusted_proxies=["127.0.0.1"])
    client = await open_app(server=server, limits=Limits(connections_per_address_max=1))
    path = "/ws/1?user_id={}&username=Ada"
    await client.ws_connect(path.format(1), headers={"X-Forwarded-For": "2001:db8:1:2::1"})

    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect(path.format(2), headers={"X-Forwarded-For": "2001:db8:1:2:9::9"})

    assert refused.value.status == 429
    await client.ws_connect(path.format(3), headers={"X-Forwarded-For": "2001:db8:1:3::1"})


NO_HOSTS = [
    "[", "[::1", "::1]", "a b", "localhost:x", "localhost:99999999", "localhost@evil.example",
    "evil.example#localhost", "evil.example/localhost", "\\localhost", "\xff", "", ":80",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/", "/rooms/general/qr.svg", "/api/v1/rooms/1/link"])
async def test_a_host_that_cannot_be_one_is_refused(client: Client, path: str) -> None:
    statuses = {}
    for host in NO_HOSTS:
        reader, writer = await asyncio.open_connection(client.host, client.port)
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode("latin-1"))
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        statuses[host] = answer.split(b" ", 2)[1]

    assert {host: status for host, status in statuses.items() if status[:1] != b"4"} == {}


async def test_a_host_that_is_this_machine_is_answered(client: Client) -> None:
    for host in ("localhost", "LOCALHOST:8000", "127.0.0.1:80", "[::1]:65535"):
        assert (await client.get("/health/live", headers={"Host": host})).status == 200


def site_of(mode: Mode, *, origins: frozenset[str] = frozenset()) -> Site:
    return Site(version="", is_on_network=True, mode=mode, allowed_origins=origins)


def request_to(host: str, site: Site) -> web.Request:
    app = web.Application()
    app[SITE] = site
    return make_mocked_request("GET", "/", headers={"Host": host}, app=app)


PRIVATE_HOSTS = [
    "192.0.2.7:8000", "[2001:db8::7]:8000", "roomserver:8000", "ana-laptop.local:8000",
    "chat.lan", "Chat.Home.ARPA", "rooms.internal:80",
]  # fmt: skip
PUBLIC_HOSTS = ["evil.example:8000", "chat.example.com", "local.evil.example", "evil.example."]


@pytest.mark.parametrize("host", PRIVATE_HOSTS)
def test_on_a_network_names_are_ours_that_nobody_can_have_in_public(host: str) -> None:
    check_host(request_to(host, site_of("open")))


@pytest.mark.parametrize("host", PUBLIC_HOSTS)
def test_where_everybody_is_believed_a_name_that_a_page_could_have_is_not_ours(host: str) -> None:
    """A page could point it at this machine, and read what everybody may read who asks."""
    with pytest.raises(Forbidden, match="allowed_origins"):
        check_host(request_to(host, site_of("open")))


def test_a_public_name_is_ours_where_it_is_configured_or_people_are_known() -> None:
    origins = frozenset({"https://chat.example.com"})

    check_host(request_to("chat.example.com", site_of("open", origins=origins)))
    for host in PUBLIC_HOSTS:
        check_host(request_to(host, site_of("accounts")))
        check_host(request_to(host, site_of("tokens")))


async def test_headers_that_are_no_text_break_nothing(client: Client) -> None:
    for name in ("Origin", "User-Agent", "Cookie", "Authorization", "X-Forwarded-For", "Accept"):
        reader, writer = await asyncio.open_connection(client.host, client.port)
        head = f"GET /ws/stats HTTP/1.1\r\nHost: localhost\r\n{name}: \xff\xfe\r\n"
        writer.write(head.encode("latin-1") + b"Connection: close\r\n\r\n")

        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()

        assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 40")), name
    await join(client)
