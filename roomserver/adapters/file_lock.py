"""One process per data folder: SQLite has one writer, and two servers would not hear each other."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from roomserver.core.errors import CannotStart


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """
    Keep other servers out of *folder* for as long as the block lasts; make it if need be.

    The lock is the kernel's: it is gone with the process, however that ends.

    Raises:
        CannotStart: If another server is there, or the folder can't be written.

    """
    try:
        # What people said, and the hashes of what lets them in, is nobody else's.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / "roomserver.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CannotStart(
            f"The data folder {folder} can't be written: {error.strerror}. "
            "Give another one with --data-dir."
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(handle, 20, 0).decode(errors="replace").strip() or "unknown"
            raise CannotStart(
                f"Another roomserver (process {owner}) already uses the data folder {folder}. "
                "Stop it, or give this one another folder with --data-dir."
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
