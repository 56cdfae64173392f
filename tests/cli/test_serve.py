"""What ``serve`` loads, and what it says when it is ready."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from roomserver.cli.serve import serve
from roomserver.cli.serving import _welcome
from roomserver.config import Config, ServerConfig


def test_the_address_stands_in_the_first_line() -> None:
    first, *_ = _welcome(Config(), 8000, None).splitlines()

    assert first.endswith("is ready: http://localhost:8000/")


def test_others_on_the_network_are_given_an_address_that_they_can_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = Config(server=ServerConfig(host="0.0.0.0"))  # noqa: S104 - nothing listens

    piped = _welcome(config, 8000, "192.0.2.7")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    at_a_terminal = _welcome(config, 8000, "192.0.2.7")

    assert "On your network: http://192.0.2.7:8000/" in piped.splitlines()
    assert "█" not in piped
    assert "█" in at_a_terminal


WHO_HAS_TLS = """
import sys
from roomserver.cli.serve import import_aiohttp_without_tls
import_aiohttp_without_tls()
import aiohttp.connector, asyncio.sslproto, ssl, uvloop
print(aiohttp.connector.ssl, asyncio.sslproto.ssl is ssl, sys.modules["ssl"] is ssl)
"""


def test_only_aiohttp_believes_that_there_is_no_tls() -> None:
    said = subprocess.run([sys.executable, "-c", WHO_HAS_TLS], capture_output=True, check=True)

    assert said.stdout.split() == [b"None", b"True", b"True"]


TOKENS = {
    "ROOMSERVER_AUTH_MODE": "tokens",
    "ROOMSERVER_AUTH_TOKEN_AUDIENCE": "rooms",
    "ROOMSERVER_AUTH_TOKEN_ISSUER": "https://app.example",
}
SECRET = {"ROOMSERVER_AUTH_TOKEN_SECRET": "s" * 32}
KEYS = {"ROOMSERVER_AUTH_TOKEN_JWKS_URL": "https://app.example/keys"}


@pytest.mark.parametrize(
    ("settings", "spared"), [({}, ["TLS"]), (TOKENS | SECRET, ["TLS"]), (TOKENS | KEYS, [])]
)
def test_aiohttp_has_tls_where_it_asks_for_an_applications_keys(
    settings: dict[str, str], spared: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []
    monkeypatch.setattr(
        "roomserver.cli.serve.import_aiohttp_without_tls", lambda: found.append("TLS")
    )
    monkeypatch.setattr("roomserver.logs.set_up", lambda *_: None)
    monkeypatch.setattr("roomserver.cli.serving.run", lambda *_, **__: True)

    done = CliRunner().invoke(serve, env=settings)

    assert (done.exit_code, done.output) == (0, "")
    assert found == spared


WHAT_IS_LOADED = (
    "import sys, roomserver.cli.serving; print(*{m.split('.')[0] for m in sys.modules})"
)
NEEDED_BY_FEW = {
    "alembic", "argon2", "asyncpg", "jinja2", "jwt", "prompt_toolkit", "redis", "segno"
}  # fmt: skip


def test_what_few_servers_need_is_loaded_where_it_is_needed() -> None:
    command = [sys.executable, "-c", WHAT_IS_LOADED]

    said = subprocess.run(command, capture_output=True, check=True, text=True)

    loaded = set(said.stdout.split())
    assert "sqlalchemy" in loaded
    assert loaded.isdisjoint(NEEDED_BY_FEW)
