"""
JSON Web Tokens that another application signs for its people.

The key and the algorithms are the operator's: nothing in a token is an address or a key,
and its ``kid`` only says which of the known keys to try. All that is wrong with a token
is told to nobody but the log.
"""

import logging
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated, Any, Final, Protocol

import jwt
import msgspec
from jwt.algorithms import Algorithm
from jwt.utils import base64url_decode
from msgspec import Meta, Struct

from roomserver.core.errors import BadToken, RoomError
from roomserver.core.people import Claims
from roomserver.core.signatures import PublicKey
from roomserver.core.text import check_username
from roomserver.ports.clock import Clock

log = logging.getLogger(__name__)

TOKEN_CHARS_MAX: Final = 4_096
SECRET_BYTES_MIN: Final = 32
LEEWAY_S_MAX: Final = 60
SIGNED_MAX: Final = 10_000
"""Tokens whose signatures are remembered."""

ASYMMETRIC: Final = ("RS256", "ES256", "EdDSA")

Text = Annotated[str, Meta(min_length=1, max_length=255)]


class Key(Struct, frozen=True):
    """Something that a token may have been signed with, by one algorithm."""

    algorithm: str
    key: PublicKey | bytes
    kid: str | None = None


class Keys(Protocol):
    """Where the keys come from."""

    async def known(self, kid: str | None) -> Sequence[Key]:
        """
        Return the keys that may have signed a token with that *kid*.

        Raises:
            IdentityUnavailable: If there are none, since they can't be had now.

        """
        ...


class SharedSecrets:
    """Keys that both sides have: the present one, and while it is changed the one before."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = [Key("HS256", secret.encode()) for secret in secrets]

    async def known(self, kid: str | None) -> Sequence[Key]:
        return self._keys


class Demands(Struct, frozen=True, kw_only=True):
    """What a token must say."""

    audience: str
    issuer: str
    leeway_s: int = 30


class _Payload(Struct, frozen=True):
    sub: Text
    iss: Text
    aud: Text | list[Text]
    exp: float
    iat: float
    nbf: float = 0
    name: str | None = None
    preferred_username: str | None = None
    rooms: list[int | str] | None = None
    rights: list[str] | None = None


class JwtTokens:
    """A :class:`~roomserver.ports.tokens.TokenReader` of signed JSON Web Tokens."""

    def __init__(self, keys: Keys, demands: Demands, clock: Clock) -> None:
        self._keys = keys
        self._demands = demands
        self._clock = clock
        self._payloads = msgspec.json.Decoder(_Payload)
        self._signed: OrderedDict[bytes, Key] = OrderedDict()
        """Tokens that were looked at of late, as their hashes, and who has signed each."""

    async def read(self, token: str) -> Claims:
        try:
            return await self._read(token)
        except _Wrong as wrong:
            log.info("a token was refused", extra={"reason": str(wrong)})
            raise BadToken(str(wrong)) from None

    async def _read(self, token: str) -> Claims:
        if len(token) > TOKEN_CHARS_MAX:
            raise _Wrong("too long")
        try:
            header = _jws.get_unverified_header(token)
        except (jwt.InvalidTokenError, UnicodeError):
            raise _Wrong("not a token") from None
        kid = header.get("kid")
        keys = await self._keys.known(kid if isinstance(kid, str) else None)
        payload = self._decoded(self._signed_part(token, header, keys))
        self._check_times(payload)
        self._check_parties(payload)
        return _claims(payload, leeway_s=self._demands.leeway_s)

    def _signed_part(self, token: str, header: dict[str, Any], keys: Sequence[Key]) -> bytes:
        # Most tokens come again and again, and looking at a signature takes milliseconds.
        name = sha256(token.encode()).digest()
        key = self._signed.get(name)
        if key is not None and key in keys:
            self._signed.move_to_end(name)
            return base64url_decode(token.split(".")[1])
        payload, self._signed[name] = _signed(token, header, keys)
        if len(self._signed) > SIGNED_MAX:
            self._signed.popitem(last=False)
        return payload

    def _decoded(self, data: bytes) -> _Payload:
        try:
            return self._payloads.decode(data)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise _Wrong(f"claims: {error}") from None

    def _check_times(self, payload: _Payload) -> None:
        now_s, leeway_s = self._clock.now_ms() / 1_000, self._demands.leeway_s
        if not payload.exp > now_s - leeway_s:
            raise _Wrong("expired")
        if not payload.exp < 2**53 / 1_000:
            raise _Wrong("expires never")
        if not payload.iat <= now_s + leeway_s or not payload.nbf <= now_s + leeway_s:
            raise _Wrong("from the future")

    def _check_parties(self, payload: _Payload) -> None:
        audiences = [payload.aud] if isinstance(payload.aud, str) else payload.aud
        if self._demands.audience not in audiences:
            raise _Wrong("another audience")
        if payload.iss != self._demands.issuer:
            raise _Wrong("another issuer")


def signed_token(secret: str, claims: dict[str, Any]) -> str:
    """Sign *claims* with HS256, for tests and for trying things out."""
    return _jws.encode(msgspec.json.encode(claims), secret, algorithm="HS256")


class _Wrong(Exception):
    """What is wrong with a token, in words for the log."""


class _PublicKeys(Algorithm):
    """What the library asks of an algorithm, done by :mod:`roomserver.core.signatures`."""

    def prepare_key(self, key: Any) -> PublicKey:
        if not isinstance(key, PublicKey):
            raise jwt.InvalidKeyError
        return key

    def sign(self, msg: bytes, key: Any) -> bytes:
        raise NotImplementedError("a server only checks")

    def verify(self, msg: bytes, key: PublicKey, sig: bytes) -> bool:
        return key.has_signed(msg, sig)

    @staticmethod
    def to_jwk(key_obj: Any, as_dict: bool = False) -> Any:  # noqa: FBT001, FBT002 - theirs
        raise NotImplementedError

    @staticmethod
    def from_jwk(jwk: Any) -> Any:
        raise NotImplementedError


def _jws_with_our_algorithms() -> jwt.PyJWS:
    jws = jwt.PyJWS(algorithms=["HS256"], options={"enforce_minimum_key_length": True})
    for name in ASYMMETRIC:
        jws.register_algorithm(name, _PublicKeys())
    return jws


_jws: Final = _jws_with_our_algorithms()


def _signed(token: str, header: dict[str, Any], keys: Sequence[Key]) -> tuple[bytes, Key]:
    algorithm = header.get("alg")
    for key in keys:
        # The algorithm is the key's: a token can't have a public key taken for a secret.
        if key.algorithm != algorithm:
            continue
        try:
            payload: bytes = _jws.decode(token, key.key, algorithms=[key.algorithm])  # type: ignore[arg-type]
        except jwt.InvalidTokenError:
            continue
        return payload, key
    raise _Wrong("signed by nobody we know")


def _claims(payload: _Payload, *, leeway_s: int) -> Claims:
    if not payload.sub.isprintable():
        raise _Wrong("a subject that can't be printed")
    try:
        username = check_username(payload.name or payload.preferred_username or payload.sub)
    except RoomError as error:
        raise _Wrong(str(error)) from None
    return Claims(
        subject=payload.sub,
        username=username,
        rooms=None if payload.rooms is None else tuple(payload.rooms),
        rights=None if payload.rights is None else frozenset(payload.rights),
        expires_at_ms=int((payload.exp + leeway_s) * 1_000),
    )
