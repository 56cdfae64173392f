"""
Takes out of other people's modules what nobody reads in a running server.

Docstrings are a quarter of what there is to compile, and stay in memory; so do the overloads of
functions, which only tell type checkers something. Line numbers remain what they were, so that
a traceback still points into the published source.
"""

import ast
import re
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

_IS_OWED = re.compile(r"copyright|licen[cs]e|public domain", re.IGNORECASE)
"""Who says that in a docstring wants it to stay with the code."""

_READS_ITS_OWN = b"_omit_standard_example"
"""SQLAlchemy asserts that an event so marked has a docstring."""

_OVERLOAD = {"overload", "typing.overload", "t.overload"}

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Documented = ast.Module | ast.ClassDef | _Function


class _Part(NamedTuple):
    """Where something is, in bytes, and what may stand there instead."""

    start: int
    end: int
    instead: bytes


def drop_unread(folder: Path) -> None:
    """Rewrite the modules in *folder*."""
    for module in folder.rglob("*.py"):
        source = module.read_bytes()
        if _READS_ITS_OWN not in source:
            module.write_bytes(without_unread(source))


def without_unread(source: bytes) -> bytes:
    """Return *source* with empty lines where its docstrings and overloads were."""
    until = len(source)
    # From the end on, so that what is still to come stays where it was found.
    for start, end, instead in sorted(_unread(source), key=lambda part: (-part.end, part.start)):
        if end <= until:  # Else it is in one that has gone.
            lines = b"\n" * source.count(b"\n", start, end)
            source = source[:start] + instead + lines + source[end:]
            until = start
    return source


def _unread(source: bytes) -> Iterator[_Part]:
    lines = [0, *accumulate(map(len, source.splitlines(keepends=True)))]

    def part(first: ast.expr | ast.stmt, last: ast.stmt, instead: bytes) -> _Part:
        assert last.end_lineno is not None
        assert last.end_col_offset is not None
        start = lines[first.lineno - 1] + first.col_offset
        return _Part(start, lines[last.end_lineno - 1] + last.end_col_offset, instead)

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, _Function) and (overload := _overload(node)) is not None:
            start, end, instead = part(overload, node, b"pass")
            yield _Part(source.rindex(b"@", 0, start), end, instead)
        elif isinstance(node, _Documented) and _is_idle(ast.get_docstring(node)):
            # A function needs a statement; in front of "from __future__" there may be none.
            yield part(node.body[0], node.body[0], b"" if isinstance(node, ast.Module) else b"pass")


def _overload(function: _Function) -> ast.expr | None:
    """Return the first decorator of *function* if it is one of several for type checkers."""
    decorators = function.decorator_list
    is_overload = any(ast.unparse(decorator) in _OVERLOAD for decorator in decorators)
    return decorators[0] if is_overload else None


def _is_idle(docstring: str | None) -> bool:
    return docstring is not None and not _IS_OWED.search(docstring)
