import re

import pytest

from roomserver.core import errors
from roomserver.core.errors import (
    BadToken,
    Banned,
    BodyTooLong,
    EmptyMessage,
    Forbidden,
    IdentityUnavailable,
    Internal,
    InvalidEvent,
    InvalidJson,
    MessageNotFound,
    MessageTooLong,
    MethodNotAllowed,
    Muted,
    NotFound,
    RateLimited,
    RemovedFromRoom,
    RoomArchived,
    RoomBusy,
    RoomError,
    RoomExists,
    RoomFull,
    RoomNotFound,
    SearchBehind,
    ShuttingDown,
    StorageUnavailable,
    TokenExpired,
    TooManyConnections,
    TooManyMistakes,
    TooSlow,
    Unauthorized,
    UnknownType,
    UpgradeRequired,
)

EXAMPLES = [
    InvalidJson("The frame is not JSON."),
    InvalidEvent("limit must be a whole number.", field="limit"),
    UnknownType("There is no such type of event.", field="type"),
    EmptyMessage(),
    MessageTooLong(4_001, 4_000, "characters"),
    RateLimited("messages", retry_after_ms=1_500),
    TooManyMistakes(),
    TooManyConnections(1_000, "this address"),
    Unauthorized("Say who you are: username is missing.", field="username"),
    TokenExpired(),
    Forbidden("Rooms are made by the operator here."),
    Muted(1_795_521_660_000, now_ms=1_795_521_600_000),
    Banned(1_795_521_660_000),
    RemovedFromRoom(),
    RoomArchived(),
    SearchBehind(),
    RoomExists("books"),
    RoomFull(500),
    BadToken(),
    IdentityUnavailable(),
    RoomNotFound(),
    MessageNotFound(),
    RoomBusy(),
    NotFound(),
    MethodNotAllowed("PUT"),
    BodyTooLong(65_536),
    TooSlow(10.0),
    UpgradeRequired(),
    StorageUnavailable(),
    ShuttingDown(),
    Internal("c0ffee00"),
]

each_refusal = pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)


def kinds_of(parent: type[RoomError], depth: int = 0) -> list[tuple[int, str]]:
    kinds = [(depth, parent.__name__)]
    for child in parent.__subclasses__():
        # An adapter may have a private one of its own.
        if child.__module__ == errors.__name__:
            kinds += kinds_of(child, depth + 1)
    return kinds


def test_every_kind_of_refusal_is_looked_at_here() -> None:
    seen = {type(error).__name__ for error in EXAMPLES}

    assert seen == {name for depth, name in kinds_of(RoomError) if depth > 0}


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    drawn = re.findall(r"(?m)^ {4}([│├└─ ]*)([A-Z]\w+)", errors.__doc__ or "")

    tree = [(len(branch) // 4, name) for branch, name in drawn]

    assert sorted(tree) == sorted(kinds_of(RoomError))


def test_two_kinds_share_a_code_only_if_one_is_a_case_of_the_other() -> None:
    kinds = sorted((type(error) for error in EXAMPLES), key=lambda kind: len(kind.__mro__))

    for number, kind in enumerate(kinds):
        for wider in kinds[:number]:
            assert kind.code != wider.code or issubclass(kind, wider)


@each_refusal
def test_a_code_is_a_word_for_programs(error: RoomError) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", error.code)


@each_refusal
def test_a_refusal_is_a_line_that_a_person_can_read(error: RoomError) -> None:
    sentence = str(error)

    assert re.fullmatch(r"[A-Za-z].+ .+[.\"]", sentence)


@each_refusal
def test_an_http_status_says_whose_turn_it_is(error: RoomError) -> None:
    is_ours = error.http_status >= 500

    assert error.http_status in range(400, 600)
    assert is_ours == (
        error.code
        in {
            "identity_unavailable",
            "internal",
            "storage_unavailable",
            "shutting_down",
            "room_busy",
            "search_behind",
        }
    )


@each_refusal
def test_a_close_code_is_one_that_a_server_may_send(error: RoomError) -> None:
    # RFC 6455 section 7.4: 1005, 1006 and 1015 are never sent; 4000 to 4999 are for applications.
    assert error.close_code in {1001, 1003, 1011, 1012, 1013} or 4000 <= error.close_code < 5000


@each_refusal
def test_what_may_succeed_later_unchanged_is_no_mistake(error: RoomError) -> None:
    assert not (error.retryable and error.is_mistake)


@pytest.mark.parametrize(
    ("error", "details"),
    [
        (InvalidEvent("limit must be a number.", field="limit"), {"field": "limit"}),
        (InvalidEvent("Send an object."), {}),
        (Unauthorized("username is missing.", field="username"), {"field": "username"}),
        (Unauthorized("Who are you?"), {}),
        (RateLimited("messages", retry_after_ms=1_500), {"retry_after_ms": 1_500}),
        (EmptyMessage(), {}),
    ],
)
def test_a_program_finds_the_facts_in_fields(error: RoomError, details: dict[str, object]) -> None:
    assert error.details() == details


@pytest.mark.parametrize(
    ("error", "fact"),
    [
        (MessageTooLong(12_345, 4_000, "characters"), "4,000 characters, this one has 12,345"),
        (MessageTooLong(16_001, 16_000, "bytes"), "16,000 bytes, this one has 16,001"),
        (RateLimited("messages", retry_after_ms=1_500), "again in 1.5 s"),
        (TooManyConnections(1_000, "this address"), "1,000 connections of this address"),
        (Internal("c0ffee00"), "c0ffee00"),
        (MethodNotAllowed("PUT"), "PUT"),
        (BodyTooLong(65_536), "65,536 bytes"),
    ],
)
def test_a_person_finds_the_facts_in_the_sentence(error: RoomError, fact: str) -> None:
    assert fact in str(error)


def test_an_unknown_outcome_says_that_a_retry_is_safe() -> None:
    sentence = str(StorageUnavailable())

    assert "same client_id" in sentence
    assert StorageUnavailable.retryable
