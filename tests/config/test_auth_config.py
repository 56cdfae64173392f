"""What may be set about who somebody is, and what they are told when it is wrong."""

from pathlib import Path

import pytest

from roomserver.config import AuthConfig, ConfigError, load, read_secret

SECRET = "a secret that is long enough for HS256"  # noqa: S105 - a test's
TOKENS = {
    "ROOMSERVER_AUTH_MODE": "tokens",
    "ROOMSERVER_AUTH_TOKEN_AUDIENCE": "rooms",
    "ROOMSERVER_AUTH_TOKEN_ISSUER": "https://app.example",
}
NETWORK = {("server", "host"): "0.0.0.0"}  # noqa: S104 - that is the point


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        load(None, environ, {})
    return list(refused.value.problems)


@pytest.mark.parametrize(
    "given",
    [
        {"ROOMSERVER_AUTH_MODE": "accounts"},
        {**TOKENS, "ROOMSERVER_AUTH_TOKEN_SECRET": SECRET},
        {**TOKENS, "ROOMSERVER_AUTH_TOKEN_JWKS_URL": "https://app.example/jwks.json"},
        {**TOKENS, "ROOMSERVER_AUTH_TOKEN_JWKS_URL": "http://127.0.0.1:9000/jwks.json"},
    ],
)
def test_where_people_are_known_a_network_may_be_served(given: dict[str, str]) -> None:
    assert load(None, given, NETWORK).is_on_network


@pytest.mark.parametrize(
    ("given", "key", "sentence"),
    [
        ({}, "mode", "either token_secret"),
        (
            {"TOKEN_SECRET": SECRET, "TOKEN_JWKS_URL": "https://app.example/"},
            "mode",
            "either token_secret",
        ),
        ({"TOKEN_SECRET": "short"}, "token_secret", "at least 32 bytes"),
        (
            {"TOKEN_SECRET": SECRET, "TOKEN_SECRET_BEFORE": "short"},
            "token_secret_before",
            "at least 32 bytes",
        ),
        ({"TOKEN_SECRET_FILE": "/nowhere/at/all"}, "token_secret_file", "can't be read"),
        ({"TOKEN_JWKS_URL": "http://app.example/"}, "token_jwks_url", "https"),
        ({"TOKEN_JWKS_URL": "file:///etc/passwd"}, "token_jwks_url", "https"),
        ({"TOKEN_SECRET": SECRET, "TOKEN_AUDIENCE": ""}, "token_audience", "must be given"),
        ({"TOKEN_SECRET": SECRET, "TOKEN_ISSUER": ""}, "token_issuer", "must be given"),
        ({"TOKEN_SECRET": SECRET, "TOKEN_LEEWAY_S": "61"}, "TOKEN_LEEWAY_S", "<= 60"),
        ({"TOKEN_SECRET": SECRET, "MODE": "magic"}, "MODE", "one of open, accounts, tokens"),
    ],
)
def test_what_is_wrong_is_named(given: dict[str, str], key: str, sentence: str) -> None:
    found = problems({**TOKENS, **{f"ROOMSERVER_AUTH_{k}": v for k, v in given.items()}})

    assert [key.lower() in each.lower() and sentence in each for each in found] == [True]


def test_a_secret_stands_in_no_problem() -> None:
    found = problems({**TOKENS, "ROOMSERVER_AUTH_TOKEN_SECRET": "hunter2"})

    assert found
    assert "hunter2" not in "\n".join(found)


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    environ = {**TOKENS, "ROOMSERVER_AUTH_TOKEN_SECRET_FILE": str(path)}

    auth = load(None, environ, {}).auth

    assert read_secret(auth.token_secret, auth.token_secret_file) == SECRET
    path.write_text("short\n")
    assert "at least 32 bytes" in problems(environ)[0]


def test_a_configuration_can_be_shown_without_its_secrets() -> None:
    assert SECRET not in repr(AuthConfig(token_secret=SECRET))
