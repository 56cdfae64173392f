"""One process per data folder."""

import sys
from pathlib import Path

import pytest

from roomserver.adapters.file_lock import locked_folder
from roomserver.core.errors import CannotStart
from tests.support.programs import Program

HOLDS_THE_LOCK = """
import pathlib, sys, threading
from roomserver.adapters.file_lock import locked_folder
with locked_folder(pathlib.Path(sys.argv[1])):
    print("locked", flush=True)
    threading.Event().wait()
"""


def another_process(folder: Path) -> Program:
    program = Program([sys.executable, "-c", HOLDS_THE_LOCK, folder])
    program.wait_for("^locked")
    return program


@pytest.mark.slow
def test_a_second_process_is_told_who_is_there_and_what_to_do(tmp_path: Path) -> None:
    with (
        another_process(tmp_path) as first,
        pytest.raises(CannotStart) as refused,
        locked_folder(tmp_path),
    ):
        pytest.fail("two processes in one data folder")

    assert str(refused.value) == (
        f"Another roomserver (process {first.pid}) already uses the data folder {tmp_path}. "
        "Stop it, or give this one another folder with --data-dir."
    )


@pytest.mark.slow
def test_a_process_that_was_killed_leaves_the_folder_free(tmp_path: Path) -> None:
    with another_process(tmp_path) as first:
        first.kill()

    with locked_folder(tmp_path):
        pass


def test_a_folder_can_be_used_again_after_a_clean_end(tmp_path: Path) -> None:
    for _ in range(2):
        with locked_folder(tmp_path):
            pass


def test_a_missing_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with locked_folder(tmp_path / "some" / "where"):
        assert (tmp_path / "some" / "where").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_written_is_refused_with_what_to_do(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")

    with (
        pytest.raises(CannotStart, match=r"can't be written.*Give another one with --data-dir"),
        locked_folder(in_the_way / "folder"),
    ):
        pass
