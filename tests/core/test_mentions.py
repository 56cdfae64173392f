from collections.abc import Sequence

import pytest

from roomserver.core.mentions import MENTIONS_MAX, mentioned, possible_names
from roomserver.core.model import UserId
from roomserver.core.words import folded

PEOPLE = {
    folded(name): [UserId(number)]
    for number, name in enumerate(["Ana", "Ana María", "José", "Ana M.", "O'Neil", "Eva🌸"], 1)
}


@pytest.mark.parametrize(
    ("content", "whom"),
    [
        ("hola", []),
        ("@", []),
        ("@ Ana", []),
        ("hola @Ana", [1]),
        ("@ana, ¿vienes?", [1]),
        ("@Ana María sabe", [2]),
        ("@ana maria sabe", [2]),
        ("@Ana Marta sabe", [1]),
        ("@Ana M. sabe", [4]),
        ("@jose y @JOSÉ", [3]),
        ("(@José)", [3]),
        ("@José@Ana", [3]),
        ("@Anastasia", []),
        ("ana@jose.example", []),
        ("@o'neil", [5]),
        ("@Eva🌸!", [6]),
        ("@Ana\nMaría", [1]),
        ("@Ana @José @nobody", [1, 3]),
    ],
)
def test_the_longest_name_that_fits_is_meant(content: str, whom: Sequence[int]) -> None:
    assert mentioned(content, PEOPLE) == whom


def test_whoever_looks_names_up_is_asked_for_those_that_may_be_meant() -> None:
    assert possible_names("no sign here") == frozenset()
    assert possible_names("@Ana María, hola") >= {"ana", "ana maria"}


def test_all_of_one_name_are_named_but_not_ever_so_many() -> None:
    crowd = {"ana": [UserId(number) for number in range(1, 200)]}

    assert mentioned("@Ana", crowd) == list(range(1, MENTIONS_MAX + 1))


def test_a_text_full_of_signs_asks_for_a_few_names_only() -> None:
    assert len(possible_names("@a.b.c.d.e.f.g.h.i.j " * 1_000)) < 200
