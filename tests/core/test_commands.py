import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomserver.core import wire
from roomserver.core.commands import (
    AnyCommand,
    Command,
    Delete,
    Edit,
    MarkRead,
    Ping,
    Post,
    React,
    ReadHistory,
    Refused,
    Typing,
    decode,
)

INTEGER_MAX = 2**53 - 1

documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def a_frame(kind: str, **fields: object) -> str:
    return json.dumps({"type": kind, **fields})


def refusal_of(frame: str | bytes) -> Refused:
    with pytest.raises(Refused) as refused:
        decode(frame)
    return refused.value


@pytest.mark.parametrize(
    ("frame", "command"),
    [
        (a_frame("message", content="hola"), Post(content="hola")),
        (a_frame("message", content="hola", client_id="a"), Post("hola", "a")),
        (a_frame("message", content="hola", client_id=None), Post("hola")),
        (a_frame("message"), Post("")),
        (a_frame("edit", message_id=7, content="b"), Edit(message_id=7, content="b")),
        (a_frame("delete", message_id=7), Delete(message_id=7)),
        (
            a_frame("react", message_id=7, emoji="👍", on=False),
            React(message_id=7, emoji="👍", on=False),
        ),
        (a_frame("read", message_id=7), MarkRead(message_id=7)),
        (a_frame("typing", is_typing=True), Typing(is_typing=True)),
        (a_frame("history"), ReadHistory(limit=50)),
        (a_frame("history", before=7), ReadHistory(before=7)),
        (a_frame("history", after=0, limit=10**9), ReadHistory(after=0, limit=10**9)),
        (a_frame("history", before=INTEGER_MAX), ReadHistory(before=INTEGER_MAX)),
        (a_frame("ping"), Ping()),
        ('  {"type" : "ping"}\n', Ping()),
        ('{"content": "hola", "type": "message"}', Post("hola")),
    ],
)
def test_a_frame_becomes_a_command(frame: str, command: AnyCommand) -> None:
    assert decode(frame) == command
    assert decode(frame.encode()) == command


@pytest.mark.parametrize(
    "field",
    [
        '"x": 1',
        '"x": null',
        '"x": {"type": "nope", "content": []}',
        '"x": [[[[[1]]]]]',
        '"x": 99999999999999999999999999999999',
        '"x": -1.5e-300',
        '"": ""',
        '"\\u0000": 0',
        '"is_typing": "not a field of this one"',
    ],
)
def test_what_a_newer_client_says_besides_is_ignored(field: str) -> None:
    frame = f'{{"type": "message", {field}, "content": "hola"}}'

    assert decode(frame) == Post("hola")


@pytest.mark.parametrize(
    "frame",
    [
        "",
        " ",
        "hola",
        "{",
        '{"type": "ping"',
        '{"type": "ping"}}',
        '{"type": "ping"} {"type": "ping"}',
        '{"type": "ping"}\n{"type": "ping"}',
        "{'type': 'ping'}",
        '{"type": "ping",}',
        '\ufeff{"type": "ping"}',
        '{"type": "message", "content": "a\nb"}',
        '{"type": "message", "content": "\\x41"}',
        '{"type": "ping", "x": 01}',
        '{"type": "ping", "x": NaN}',
        '{"type": "typing", "is_typing": NaN}',
        '{"type": "history", "before": Infinity}',
        '{"type": "history", "before": 1e400}',
        "[" * 100_000,
        '{"type": "ping", "x": ' + "[" * 100_000,
        '{"type": "message", "content": ' + '{"a":' * 30_000 + "1" + "}" * 30_001,
        "nul",
        "\0",
        "GET / HTTP/1.1",
    ],
    ids=lambda frame: ascii(frame[:40]),
)
def test_a_frame_that_is_not_one_json_document_is_refused_as_such(frame: str) -> None:
    refused = refusal_of(frame)

    assert refused.error.code == "invalid_json"
    assert refused.error.details() == {}


@pytest.mark.parametrize(
    "frame",
    [b"\xff", b'{"type": "message", "content": "\xc3"}', '{"type":"ping"}'.encode("utf-16")],
)
def test_bytes_that_are_no_utf_8_are_no_json(frame: bytes) -> None:
    assert refusal_of(frame).error.code == "invalid_json"


@pytest.mark.parametrize("frame", ["[]", '"hola"', "5", "null", "true", "[{}]", "1.5"])
def test_a_document_that_is_no_object_is_no_event(frame: str) -> None:
    refused = refusal_of(frame)

    assert refused.error.code == "invalid_event"
    assert "object" in str(refused.error)


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ({}, "type"),
        ({"content": "hola"}, "type"),
        ({"type": 5}, "type"),
        ({"type": None}, "type"),
        ({"type": ["message"]}, "type"),
        ({"type": {"$ne": 1}}, "type"),
        ({"type": "message", "content": {"$ne": 1}}, "content"),
        ({"type": "message", "content": 5}, "content"),
        ({"type": "message", "content": None}, "content"),
        ({"type": "message", "content": ["a"]}, "content"),
        ({"type": "message", "content": True}, "content"),
        ({"type": "edit", "content": "a"}, "message_id"),
        ({"type": "edit", "message_id": "7", "content": "a"}, "message_id"),
        ({"type": "delete", "message_id": 0}, "message_id"),
        ({"type": "delete", "message_id": -7}, "message_id"),
        ({"type": "delete", "message_id": 2**53}, "message_id"),
        ({"type": "react", "message_id": 7}, "emoji"),
        ({"type": "react", "message_id": 7, "emoji": "👍", "on": 1}, "on"),
        ({"type": "read"}, "message_id"),
        ({"type": "read", "message_id": 1.5}, "message_id"),
        ({"type": "typing"}, "is_typing"),
        ({"type": "typing", "is_typing": 1}, "is_typing"),
        ({"type": "typing", "is_typing": "true"}, "is_typing"),
        ({"type": "typing", "is_typing": None}, "is_typing"),
        ({"type": "history", "before": -1}, "before"),
        ({"type": "history", "before": "5"}, "before"),
        ({"type": "history", "before": 1.5}, "before"),
        ({"type": "history", "before": True}, "before"),
        ({"type": "history", "before": 2**53}, "before"),
        ({"type": "history", "after": 10**400}, "after"),
        ({"type": "history", "after": -(2**63)}, "after"),
        ({"type": "history", "limit": 0}, "limit"),
        ({"type": "history", "limit": -1}, "limit"),
        ({"type": "history", "limit": None}, "limit"),
    ],
    ids=str,
)
def test_a_field_that_is_not_as_it_should_be_is_named_and_the_client_id_echoed(
    frame: dict[str, object], field: str
) -> None:
    refused = refusal_of(json.dumps({**frame, "client_id": "mine"}))

    assert refused.error.code == "invalid_event"
    assert refused.error.details() == {"field": field}
    assert field in str(refused.error)
    assert refused.client_id == "mine"


@pytest.mark.parametrize("kind", ["nope", "", "Message", "message ", "message_sent", "connected"])
def test_an_unknown_type_is_refused_with_those_that_there_are(kind: str) -> None:
    refused = refusal_of(a_frame(kind, client_id="mine"))

    assert refused.error.code == "unknown_type"
    assert refused.error.details() == {"field": "type"}
    assert "history, message, ping" in str(refused.error)
    assert refused.client_id == "mine"


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ('{"type": "message", "client_id": "mine", "content": "\\ud800"}', "content"),
        ('{"type": "message", "client_id": "mine", "content": "a\\udfffb"}', "content"),
        ('{"type": "message", "client_id": "mine", "content": "\\ude00\\ud83d"}', "content"),
        ('{"type": "react", "client_id": "mine", "message_id": 1, "emoji": "\\ud83d"}', "emoji"),
        ('{"type": "ping", "client_id": "mine", "x": {"y": ["\\ud800"]}}', "x"),
    ],
)
def test_half_a_character_is_refused_with_its_field_and_the_client_id(
    frame: str, field: str
) -> None:
    refused = refusal_of(frame)

    assert refused.error.code == "invalid_event"
    assert refused.error.details() == {"field": field}
    assert refused.client_id == "mine"


def test_half_a_character_in_the_client_id_itself_is_not_echoed() -> None:
    refused = refusal_of('{"type": "message", "content": "a", "client_id": "\\ud800"}')

    assert refused.error.details() == {"field": "client_id"}
    assert refused.client_id is None


@pytest.mark.parametrize("client_id", [5, None, ["a"], {"a": 1}, "x" * 65], ids=str)
def test_a_client_id_that_is_none_is_not_echoed(client_id: object) -> None:
    refused = refusal_of(a_frame("nope", client_id=client_id))

    assert refused.client_id is None


@settings(max_examples=25)  # building nested documents is what takes its time
@given(st.text() | documents.map(json.dumps) | st.binary())
def test_whatever_comes_is_a_command_or_a_refusal_that_can_be_told(frame: str | bytes) -> None:
    try:
        decode(frame)
    except Refused as refused:
        answer = json.loads(wire.encode_error(refused.error, refused.client_id))
        assert answer["type"] == "error"


@settings(max_examples=25)
@given(
    kind=st.sampled_from(["message", "edit", "delete", "react", "read", "typing", "history"]),
    fields=st.dictionaries(
        st.sampled_from(["content", "client_id", "message_id", "emoji", "on", "limit", "before"]),
        documents | st.text(alphabet=st.characters()),
    ),
)
def test_fields_of_any_kind_make_a_command_or_a_refusal_that_can_be_told(
    kind: str, fields: dict[str, object]
) -> None:
    with suppress(Refused):
        assert isinstance(decode(a_frame(kind, **fields)), Command)


@given(content=st.text(), client_id=st.none() | st.text())
def test_a_message_is_read_as_it_was_written(content: str, client_id: str | None) -> None:
    compact = json.dumps({"type": "message", "content": content, "client_id": client_id})
    unescaped = json.dumps(json.loads(compact), ensure_ascii=False)

    assert decode(compact) == decode(unescaped) == Post(content, client_id)
