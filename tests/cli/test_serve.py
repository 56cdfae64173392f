"""What ``serve`` says when it is ready."""

import pytest

from roomserver.cli.serve import _welcome
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
