"""Which names an account may have, which look like another's, and which passwords it may have."""

import pytest

from roomserver.core.errors import InvalidEvent
from roomserver.core.names import check_account_name, check_password, normal_password
from roomserver.core.skeletons import skeleton_of


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Ana", "ana"),
        ("Ana", "Аna"),  # Cyrillic А
        ("paypal", "pаypаl"),
        ("scope", "ѕсоре"),
        ("Ben", "Веn"),
        ("lola", "1o1a"),
        ("lola", "Iola"),
        ("Juan", "Ｊｕａｎ"),
        ("modern", "modem"),
        ("ana maria", "anamaria"),
        ("ana_b", "ana-b"),
        ("Olga", "0lga"),
        ("tomás", "toma\u0301s"),
        ("Νikos", "Nikos"),  # Greek Ν
    ],
)
def test_names_that_look_alike_are_one(one: str, two: str) -> None:
    assert skeleton_of(one) == skeleton_of(two)


@pytest.mark.parametrize(
    ("one", "two"), [("Ana", "Anna"), ("Peña", "Pena"), ("Иван", "Ivan"), ("李", "王"), ("a", "b")]
)
def test_names_that_look_different_are_different(one: str, two: str) -> None:
    assert skeleton_of(one) != skeleton_of(two)


@pytest.mark.parametrize("name", ["Ana", "Иван", "محمد", "O'Brien", "José Luis", "李小龙", "a"])
def test_people_may_have_their_names(name: str) -> None:
    assert check_account_name(f" {name} ") == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "x" * 65,
        "a\nb",
        "a\u202eb",
        "a\u200bb",
        "\u3164",
        "admin",
        "Admin",
        "аdmin",
        "4dmin".replace("4", "@"),
        "r00t",
        "SYSTEM",
        "system ",
        "moderator",
        "everyone",
    ],
)
def test_names_that_are_nobodys_are_refused_with_the_reason(name: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        check_account_name(name)

    assert refused.value.field == "username"


@pytest.mark.parametrize(
    "password", ["", "short", "x" * 257, "aaaaaaaaaaaa", "ababababab", "Anastasia L"]
)
def test_a_password_that_is_easily_guessed_is_refused(password: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        check_password(password, username="Anastasia L.".rstrip("."))

    assert refused.value.field == "password"


def test_a_password_is_one_whatever_keyboard_it_was_typed_on() -> None:
    assert check_password("contrasen\u0303a larga", username="Ana") == normal_password(
        "contraseña larga"
    )


def test_half_of_a_surrogate_pair_is_no_crash() -> None:
    assert skeleton_of("a\ud800")
    assert normal_password("a\ud800")
