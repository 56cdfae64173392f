import pytest

from roomserver.core import commands
from roomserver.core.typed import (
    COMMANDS,
    Help,
    Me,
    NotUnderstood,
    Quit,
    Stats,
    Typed,
    Who,
    help_lines,
    read_line,
)


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        ("hola", commands.Post(content="hola")),
        ("  hola ", commands.Post(content="  hola ")),
        (" /ping", commands.Post(content=" /ping")),
        ("uno\ndos", commands.Post(content="uno\ndos")),
        ("//ping", commands.Post(content="/ping")),
        ("///", commands.Post(content="//")),
        ("/ping", commands.Ping()),
        ("/PING ", commands.Ping()),
        ("/typing", commands.Typing(is_typing=True)),
        ("/typing on", commands.Typing(is_typing=True)),
        ("/typing off", commands.Typing(is_typing=False)),
        ("/history", commands.ReadHistory(limit=20)),
        ("/history 5", commands.ReadHistory(limit=5)),
        ("/who", Who()),
        ("/me", Me()),
        ("/stats", Stats()),
        ("/help", Help()),
        ("/quit", Quit()),
    ],
)
def test_a_line_is_read_as_what_was_meant(line: str, typed: Typed) -> None:
    assert read_line(line) == typed


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_end_of_a_line_is_no_part_of_it(end: str) -> None:
    assert read_line(f"hola{end}") == commands.Post(content="hola")


@pytest.mark.parametrize("line", ["", "\n", "  ", "\t\r\n"])
def test_a_line_with_nothing_in_it_is_nothing(line: str) -> None:
    assert read_line(line) is None


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("/hlep", "There is no /hlep. Did you mean /help? "),
        ("/usr/bin/env is missing", "There is no /usr/bin/env. /help lists the commands; "),
        ("/", "There is no /. /help lists"),
        ("/me waves", "Write it like this: /me (who you are)."),
        ("/history many", "Write it like this: /history [N]"),
        ("/history 0", "Write it like this: /history [N]"),
        ("/history -3", "Write it like this: /history [N]"),
        ("/history ٣", "Write it like this: /history [N]"),
        ("/history " + "9" * 10_000, "Write it like this: /history [N]"),
        ("/typing perhaps", "Write it like this: /typing [off]"),
    ],
)
def test_what_looks_like_a_command_and_is_none_is_refused_with_help(
    line: str, refusal: str
) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_line(line)

    assert str(refused.value).startswith(refusal)


def test_a_refusal_tells_how_to_send_the_line_all_the_same() -> None:
    with pytest.raises(NotUnderstood, match="//shrug sends it as text"):
        read_line("/shrug")


def test_a_refusal_repeats_nothing_that_a_terminal_would_obey() -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_line("/\x1b[2J" + "x" * 10_000)

    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 200


def test_help_names_every_command() -> None:
    for name in COMMANDS:
        assert any(line.startswith(f"/{name}") for line in help_lines())
