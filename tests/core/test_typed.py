import pytest

from roomserver.core import commands
from roomserver.core.typed import (
    COMMANDS,
    Aimed,
    DeleteLast,
    EditLast,
    Help,
    Me,
    NotUnderstood,
    Quit,
    ReactToLast,
    Stats,
    Typed,
    Who,
    help_lines,
    read_line,
    take_aim,
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
        ("/edit better words", EditLast("better words")),
        ("/delete", DeleteLast()),
        ("/react 👍", ReactToLast("👍")),
        ("/react 👍 off", ReactToLast("👍", on=False)),
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


@pytest.mark.parametrize(
    ("aimed", "command"),
    [
        (EditLast("b"), commands.Edit(message_id=5, content="b")),
        (DeleteLast(), commands.Delete(message_id=5)),
        (ReactToLast("👍", on=False), commands.React(message_id=7, emoji="👍", on=False)),
    ],
)
def test_a_change_is_about_the_last_message_that_it_can_be_about(
    aimed: Aimed, command: commands.Change
) -> None:
    assert take_aim(aimed, mine=5, newest=7) == command


@pytest.mark.parametrize("aimed", [EditLast("b"), DeleteLast(), ReactToLast("👍")])
def test_where_there_is_no_message_a_change_is_about_nothing(aimed: Aimed) -> None:
    with pytest.raises(NotUnderstood):
        take_aim(aimed, mine=None, newest=None)


@pytest.mark.parametrize("line", ["/edit", "/delete me", "/react", "/react 👍 on"])
def test_a_change_that_says_too_little_or_too_much_is_explained(line: str) -> None:
    with pytest.raises(NotUnderstood, match="Write it like this"):
        read_line(line)
