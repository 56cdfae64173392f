"""Public keys from the one address that the operator has named (RFC 7517), kept for a while."""

import asyncio
import base64
import binascii
import logging
from collections.abc import Sequence
from typing import Final

import aiohttp
import msgspec
from msgspec import Struct

from roomserver.adapters.jwt_tokens import ASYMMETRIC, Key
from roomserver.core.errors import IdentityUnavailable
from roomserver.core.signatures import Ed25519Key, P256Key, PublicKey, RsaKey, UnusableKey
from roomserver.ports.clock import Clock

log = logging.getLogger(__name__)

FETCH_S_MAX: Final = 5.0
BODY_BYTES_MAX: Final = 64 * 1024
KEYS_MAX: Final = 20

FRESH_S: Final = 600.0
"""How long keys are used without asking again."""

AGAIN_S: Final = 30.0
"""How long nobody asks again, whatever tokens come: with unknown keys, or after a failure."""

STALE_S_MAX: Final = 24 * 3_600.0
"""How long keys are believed while the address doesn't answer."""


class _Jwk(Struct, frozen=True):
    kty: str
    kid: str | None = None
    use: str | None = None
    alg: str | None = None
    crv: str | None = None
    n: str = ""
    e: str = ""
    x: str = ""
    y: str = ""


class _KeySet(Struct, frozen=True):
    keys: list[msgspec.Raw]


class HttpJwks:
    """A source of :class:`~roomserver.adapters.jwt_tokens.Keys` on the network."""

    def __init__(self, url: str, clock: Clock, *, algorithms: Sequence[str] = ASYMMETRIC) -> None:
        self._url = url
        self._clock = clock
        self._algorithms = algorithms
        self._keys: Sequence[Key] = ()
        self._fetched_at_s: float | None = None
        self._tried_at_s: float | None = None
        self._turn = asyncio.Lock()

    async def known(self, kid: str | None) -> Sequence[Key]:
        if self._should_ask(kid):
            async with self._turn:
                if self._should_ask(kid):
                    await self._refresh()
        if self._fetched_at_s is None or self._age_s(self._fetched_at_s) > STALE_S_MAX:
            raise IdentityUnavailable
        return self._fitting(kid)

    def _fitting(self, kid: str | None) -> Sequence[Key]:
        return [key for key in self._keys if kid is None or key.kid in (kid, None)]

    def _should_ask(self, kid: str | None) -> bool:
        if self._tried_at_s is not None and self._age_s(self._tried_at_s) < AGAIN_S:
            return False
        is_fresh = self._fetched_at_s is not None and self._age_s(self._fetched_at_s) < FRESH_S
        return not is_fresh or not self._fitting(kid)

    def _age_s(self, at_s: float) -> float:
        return self._clock.monotonic_s() - at_s

    async def _refresh(self) -> None:
        self._tried_at_s = self._clock.monotonic_s()
        try:
            self._keys = read_keys(await self._fetch(), self._algorithms)
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            log.warning("the signing keys can't be had", extra={"reason": type(error).__name__})
        else:
            self._fetched_at_s = self._tried_at_s

    async def _fetch(self) -> bytes:
        timeout = aiohttp.ClientTimeout(total=FETCH_S_MAX)
        # A session of its own each time: this happens every ten minutes.
        async with (
            aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session,
            session.get(
                self._url, allow_redirects=False, headers={"Accept-Encoding": "identity"}
            ) as answer,
        ):
            if answer.status != 200:
                raise ValueError(f"status {answer.status}")
            body = bytearray()
            async for part in answer.content.iter_any():
                body += part
                if len(body) > BODY_BYTES_MAX:
                    raise ValueError("too long")
            return bytes(body)


def read_keys(document: bytes, algorithms: Sequence[str]) -> Sequence[Key]:
    """
    Read a key set. Keys that are of no use here are passed over.

    Raises:
        ValueError: If it is none, or has no key for us.

    """
    try:
        found = msgspec.json.decode(document, type=_KeySet).keys[:KEYS_MAX]
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise ValueError("not a key set") from None
    keys = [key for raw in found if (key := _key_of(raw)) and key.algorithm in algorithms]
    if not keys:
        raise ValueError("no usable key")
    return keys


def _key_of(raw: msgspec.Raw) -> Key | None:
    try:
        jwk = msgspec.json.decode(raw, type=_Jwk)
        algorithm, key = _public_key(jwk)
    except (msgspec.MsgspecError, UnusableKey, KeyError, binascii.Error, UnicodeError):
        return None
    if jwk.use not in (None, "sig") or jwk.alg not in (None, algorithm):
        return None
    return Key(algorithm, key, jwk.kid)


def _public_key(jwk: _Jwk) -> tuple[str, PublicKey]:
    match jwk.kty, jwk.crv:
        case "RSA", _:
            return "RS256", RsaKey(_number(jwk.n), _number(jwk.e))
        case "EC", "P-256":
            return "ES256", P256Key(_number(jwk.x), _number(jwk.y))
        case "OKP", "Ed25519":
            return "EdDSA", Ed25519Key(_octets(jwk.x))
        case _:
            raise KeyError(jwk.kty)


def _octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def _number(text: str) -> int:
    return int.from_bytes(_octets(text), "big")
