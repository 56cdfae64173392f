"""
A batch as a parameter: whatever its size, the statement stays the same and stays prepared.

PostgreSQL takes an array for each column, SQLite one JSON text; both make a table of it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Self

import msgspec

BIG: Final = "bigint"
TEXT: Final = "text"

_OF_JSON: Final = "(SELECT {parts} FROM json_each(:{name})) AS {name}"


class RowsParameter:
    """A table in the text of a statement, whose rows come when the statement is executed."""

    def __init__(self, name: str, *, kind: str, columns: Mapping[str, str]) -> None:
        self._name = name
        self._columns = columns
        self._is_json = kind == "sqlite"

    @classmethod
    def nothing(cls, kind: str) -> Self:
        """Return what a statement has that is about no rows: it is said for an empty one."""
        return cls("nothing", kind=kind, columns={})

    @property
    def name(self) -> str:
        return self._name

    @property
    def names(self) -> Collection[str]:
        """What its columns are called, in their order."""
        return self._columns.keys()

    @property
    def columns(self) -> str:
        return ", ".join(self._columns)

    @property
    def places(self) -> str:
        """What stands for one row in a statement that is said of each by itself."""
        return ", ".join(f":{name}" for name in self._columns)

    @property
    def table(self) -> str:
        """What stands behind FROM."""
        if self._is_json:
            parts = [
                f"json_extract(value, '$[{place}]') AS {column}"
                for place, column in enumerate(self._columns)
            ]
            return _OF_JSON.format(parts=", ".join(parts), name=self._name)
        arrays = [f"CAST(:{column} AS {kind}[])" for column, kind in self._columns.items()]
        return f"unnest({', '.join(arrays)}) AS {self._name}({self.columns})"

    def bind(self, rows: Iterable[Sequence[object]]) -> dict[str, object]:
        """Turn *rows*, of which there must be some, into the statement's parameters."""
        if self._is_json:
            return {self._name: msgspec.json.encode(list(rows)).decode()}
        return dict(zip(self._columns, map(list, zip(*rows, strict=True)), strict=True))
