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

raise RuntimeError("line 24")
'''


def without_docstrings(source: str) -> str:
    docstrings: dict[str, Any] = runpy.run_path(str(ROOT / "packaging" / "docstrings.py"))
    without: bytes = docstrings["without_docstrings"](source.encode())
    return without.decode()


def docstrings_in(source: str) -> list[str | None]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, documented)]
    return [ast.get_docstring(node) for node in nodes]


def test_docstrings_go_and_nothing_else() -> None:
    slim = without_docstrings(SOURCE)

    # The string below a class's docstring does nothing, and must not become one.
    assert docstrings_in(slim) == [None] * 5
    for kept in ("annotations", '"""no docstring"""\n\nclass', "return 'é'", '    return """no'):
        assert kept in slim


def test_a_traceback_names_the_same_lines() -> None:
    with pytest.raises(RuntimeError, match="line 24") as raised:
        exec(compile(without_docstrings(SOURCE), "slim", "exec"), {"__name__": "slim"})  # noqa: S102

    assert raised.traceback[-1].lineno + 1 == 24


def test_what_names_a_license_stays() -> None:
    source = '"""A module.\n\nCopyright its author, under the MIT license.\n"""\n'

    assert without_docstrings(source) == source
