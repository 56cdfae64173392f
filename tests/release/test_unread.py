"""What the zipapp leaves out of other people's modules, and what it must not."""

import ast
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

SOURCE = '''\
"""A module.

With more to say.
"""
from __future__ import annotations

NAME = """no docstring"""

class Something:
    """Über things."""
    """A string without a use."""

    def alone(self): "One line."

    def first(self): "One line."; return 'é'

    async def long(self):
        r"""
        Lines \\ and
        more lines.
        """
        return """no docstring"""

    @typing.overload
    def sort(self, by: int) -> None:
        """Ends with a docstring."""
    @property
    @overload
    def sort(self, by: str) -> None: ...
    @staticmethod
    def sort(by: object) -> None: ...

raise RuntimeError("line 33")
'''


def without_unread(source: str) -> str:
    unread: dict[str, Any] = runpy.run_path(str(ROOT / "packaging" / "unread.py"))
    without: bytes = unread["without_unread"](source.encode())
    return without.decode()


def docstrings_in(source: str) -> list[str | None]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, documented)]
    return [ast.get_docstring(node) for node in nodes]


def test_docstrings_go_and_other_strings_stay() -> None:
    slim = without_unread(SOURCE)

    # The string below a class's docstring does nothing, and must not become one.
    assert docstrings_in(slim) == [None] * 6
    for kept in ("annotations", '"""no docstring"""\n\nclass', "return 'é'", '    return """no'):
        assert kept in slim


def test_overloads_go_and_what_they_overload_stays() -> None:
    functions = [
        node
        for node in ast.walk(ast.parse(without_unread(SOURCE)))
        if isinstance(node, ast.FunctionDef) and node.name == "sort"
    ]

    assert [ast.unparse(function.args) for function in functions] == ["by: object"]


def test_a_traceback_names_the_same_lines() -> None:
    with pytest.raises(RuntimeError, match="line 33") as raised:
        exec(compile(without_unread(SOURCE), "slim", "exec"), {"__name__": "slim"})  # noqa: S102

    assert raised.traceback[-1].lineno + 1 == 33


def test_what_names_a_license_stays() -> None:
    source = '"""A module.\n\nCopyright its author, under the MIT license.\n"""\n'

    assert without_unread(source) == source
