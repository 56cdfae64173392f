"""Passwords as argon2id keeps them, in threads of their own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from roomserver.core.errors import RateLimited

THREADS: Final = 2
WAITING_MAX: Final = 32
"""At some 30 ms each, the last of them waits half a second; whoever comes then is sent away."""


T = TypeVar("T")


class Argon2Passwords:
    """A :class:`~roomserver.ports.passwords.Passwords` with OWASP's parameters of 19 MiB."""

    def __init__(self, *, time_cost: int = 2, memory_kib: int = 19_456) -> None:
        self._hasher = PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=1, type=Type.ID
        )
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._waiting = 0
        self._nobodys = self._hasher.hash("the password of somebody whom nobody knows")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        return await self._run(partial(self._hasher.hash, password))

    async def is_right(self, password_hash: str | None, password: str) -> bool:
        return await self._run(partial(self._is_right, password_hash, password))

    def _is_right(self, password_hash: str | None, password: str) -> bool:
        try:
            self._hasher.verify(password_hash or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING_MAX:
            raise RateLimited("attempts to sign in", retry_after_ms=1_000)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
