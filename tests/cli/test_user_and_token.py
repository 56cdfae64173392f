"""Accounts and tokens from the command line."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from roomserver.cli import cli

SECRET = "a secret that is long enough for HS256"  # noqa: S105 - a test's
TOKENS = {
    "ROOMSERVER_AUTH_MODE": "tokens",
    "ROOMSERVER_AUTH_TOKEN_SECRET": SECRET,
    "ROOMSERVER_AUTH_TOKEN_AUDIENCE": "rooms",
    "ROOMSERVER_AUTH_TOKEN_ISSUER": "https://app.example",
}


class Operator:
    """Somebody at a shell beside the data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._runner = CliRunner()

    def run(
        self, *arguments: str, typed: str = "", environ: dict[str, str] | None = None
    ) -> Result:
        command = [*arguments, "--data-dir", str(self._data_dir)]
        return self._runner.invoke(cli, command, input=typed, env=environ or {})

    def does(self, *arguments: str, typed: str = "", environ: dict[str, str] | None = None) -> str:
        result = self.run(*arguments, typed=typed, environ=environ)
        assert result.exit_code == 0, result.output
        return result.output


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


def test_accounts_are_made_listed_and_switched_off(operator: Operator) -> None:
    made = operator.does("user", "add", "Ana", "--owner")
    operator.does("user", "add", "Eva", "--password-stdin", typed="a good password\n")

    assert re.search(r"shown only now: \S{16}\n", made)
    listed = [line.split("\t") for line in operator.does("user", "list").splitlines()]
    assert [(line[0], line[2:]) for line in listed] == [("Ana", ["owner"]), ("Eva", [])]
    assert "is switched off" in operator.does("user", "disable", "eva")
    assert operator.does("user", "list").splitlines()[1].endswith("\tdisabled")
    operator.does("user", "enable", "Eva")
    assert not operator.does("user", "list").splitlines()[1].endswith("\tdisabled")


def test_a_password_is_reset(operator: Operator) -> None:
    operator.does("user", "add", "Ana")

    assert "shown only now" in operator.does("user", "reset-password", "Ana")
    typed = operator.does(
        "user", "reset-password", "Ana", "--password-stdin", typed="q1w2e3r4t5y6\n"
    )
    assert "q1w2e3r4t5y6" not in typed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", "Admin"), "reserved"),
        (("add", "аna"), "looks like one"),
        (("add", "Eva", "--password-stdin"), "10 to 256 characters"),
        (("disable", "Nobody"), "no account 'Nobody'"),
        (("reset-password", "Nobody"), "no account 'Nobody'"),
    ],
)
def test_what_cant_be_done_is_said(
    operator: Operator, arguments: tuple[str, ...], sentence: str
) -> None:
    operator.does("user", "add", "Ana")

    result = operator.run("user", *arguments, typed="short\n")

    assert result.exit_code == 1
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_without_a_folder_nothing_is_made(tmp_path: Path) -> None:
    result = Operator(tmp_path / "nowhere").run("user", "list")

    assert result.exit_code == 1
    assert "There is no folder" in result.output


def test_tokens_of_programs_are_made_listed_and_taken_back(operator: Operator) -> None:
    made = operator.does("token", "create", "Deploy bot", "--right", "write", "--lasts-s", "60")

    token_id, secret = re.search(r"^(\w+): shown only now:\n(rs_\S+)$", made, re.MULTILINE).groups()  # type: ignore[union-attr]
    listed = operator.does("token", "list")
    assert listed.startswith(f"{token_id}\tDeploy bot\twrite\tall rooms\tuntil ")
    assert secret not in listed
    operator.does("token", "revoke", token_id)
    assert operator.does("token", "list") == ""
    assert operator.run("token", "revoke", token_id).exit_code == 1


def test_a_token_for_a_room_that_is_not_there_is_refused(operator: Operator) -> None:
    result = operator.run("token", "create", "Bot", "--room", "nowhere")

    assert (result.exit_code, "no room 'nowhere'" in result.output) == (1, True)


def test_signed_tokens_are_made_and_checked(operator: Operator) -> None:
    made = operator.does(
        "token", "create", "Ana", "--subject", "7", "--room", "general", environ=TOKENS
    )

    said = operator.does("token", "check", typed=made, environ=TOKENS)

    assert "It is good until" in said
    assert re.search(r"subject +7\nusername +Ana\nrooms +\['general'\]\nrights +no restr", said)


def test_what_is_wrong_with_a_token_is_said_to_the_operator(operator: Operator) -> None:
    made = operator.does("token", "create", "Ana", "--subject", "7", environ=TOKENS)
    other = {**TOKENS, "ROOMSERVER_AUTH_TOKEN_SECRET": "another secret, long enough for HS256"}

    result = operator.run("token", "check", typed=made, environ=other)

    assert (result.exit_code, "signed by nobody we know" in result.output) == (1, True)
    assert operator.run("token", "check", typed=made).exit_code == 1
    assert operator.run("token", "create", "Ana", "--subject", "7").exit_code == 1
