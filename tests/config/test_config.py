"""What an operator may set, and what they are told when it is wrong."""

import tomllib
from pathlib import Path

import msgspec
import pytest

from roomserver.config import Config, ConfigError, is_loopback, load

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.toml"


def test_the_example_file_is_the_default_configuration() -> None:
    assert load(EXAMPLE, environ={}, flags={}) == Config()


def test_the_example_file_lists_every_key() -> None:
    listed = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))

    assert {name: set(keys) for name, keys in listed.items()} == {
        section.name: {field.name for field in msgspec.structs.fields(section.type)}
        for section in msgspec.structs.fields(Config)
    }


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[server]\nhost = "127.0.0.2"\nport = 1\ndata_dir = "file"\n')
    environ = {"ROOMSERVER_SERVER_PORT": "2", "ROOMSERVER_SERVER_DATA_DIR": "environment"}

    config = load(path, environ, flags={("server", "data_dir"): "flag", ("server", "host"): None})

    server = config.server
    assert (server.host, server.port, server.data_dir) == ("127.0.0.2", 2, "flag")


@pytest.mark.parametrize(
    ("name", "text", "section", "value"),
    [
        ("ROOMSERVER_LIMITS_MESSAGES_PER_SECOND", "100", "limits.messages_per_second", 100.0),
        ("ROOMSERVER_ROOMS_AUTO_CREATE", "false", "rooms.auto_create", False),
        (
            "ROOMSERVER_SERVER_ALLOWED_ORIGINS",
            "https://a.example, https://b.example",
            "server.allowed_origins",
            ["https://a.example", "https://b.example"],
        ),
    ],
)
def test_every_key_is_a_variable_of_the_environment(
    name: str, text: str, section: str, value: object
) -> None:
    config = load(None, {name: text}, flags={})

    part, key = section.split(".")
    assert getattr(getattr(config, part), key) == value


def test_everything_that_is_wrong_is_named_at_once_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[server]\nport = 99999\nhots = "x"\n[nope]\na = 1\n[database]\nurl = "mysql://h/d"\n'
    )
    environ = {"ROOMSERVER_ROOMS_AUTO_CREATE": "perhaps", "ROOMSERVER_LIMITS_FOO": "1"}

    with pytest.raises(ConfigError) as refused:
        load(path, environ, flags={("log", "level"): "loud"})

    problems = refused.value.problems
    assert [
        sum(part in problem for problem in problems)
        for part in (
            f"{path}: [server] port = 99999",
            f"{path}: [server] hots: there is no such key; there are: host, port",
            f"{path}: [nope]: there is no such section; there are: server",
            f"{path}: [database] url: must be empty (SQLite) or postgresql://",
            "environment: ROOMSERVER_ROOMS_AUTO_CREATE = 'perhaps'",
            "environment: ROOMSERVER_LIMITS_FOO: there is no such key",
            "log.level = 'loud': must be one of debug, info, warning, error",
        )
    ] == [1] * 7
    assert len(problems) == 7


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "chat.example.com"])  # noqa: S104
def test_open_mode_is_not_served_to_a_network_unless_told_so(host: str) -> None:
    flags = {("server", "host"): host}

    with pytest.raises(ConfigError, match="allow_open_on_network"):
        load(None, {}, flags)

    assert load(None, {"ROOMSERVER_AUTH_ALLOW_OPEN_ON_NETWORK": "true"}, flags).is_on_network


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("localhost.evil.example", False),
    ],
)
def test_loopback_is_this_machine_and_nothing_else(host: str, *, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_a_variable_of_no_section_of_ours_is_left_alone() -> None:
    # Kubernetes sets these for a service with this name.
    environ = {"ROOMSERVER_SERVICE_HOST": "10.0.0.1", "ROOMSERVER_PORT": "tcp://10.0.0.1:80"}

    assert load(None, environ, flags={}) == Config()


@pytest.mark.parametrize("content", ["[server\n", b"\xff\xfe"])
def test_a_file_that_is_not_toml_is_named(tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(ConfigError, match="is not TOML"):
        load(path, {}, {})


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: can't be read"):
        load(tmp_path / "nowhere.toml", {}, {})
