"""Real servers over each of the stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import RoomServer, running_roomserver

STORES = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql+redis", marks=pytest.mark.real),
]


@pytest.fixture(params=STORES)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RoomServer]:
    """One instance, over SQLite alone and over PostgreSQL with Redis."""
    options: list[str] = []
    if request.param == "postgresql":
        options += ["--database-url", request.getfixturevalue("postgres_url")]
        options += ["--redis-url", request.getfixturevalue("redis_url")]
    with running_roomserver(*options, data_dir=tmp_path) as running:
        yield running
