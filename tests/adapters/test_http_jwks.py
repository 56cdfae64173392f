"""Public keys from the operator's address: which are used, how often they are asked for."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from roomserver.adapters.http_jwks import HttpJwks, read_keys
from roomserver.adapters.jwt_tokens import ASYMMETRIC, Demands, JwtTokens
from roomserver.core.errors import BadToken, IdentityUnavailable
from tests.support.builders import NOON_MS
from tests.support.fakes import FakeClock

KEYS: dict[str, Any] = {
    "RS256": rsa.generate_private_key(65_537, 2_048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
WEAK = rsa.generate_private_key(65_537, 1_024)  # noqa: S505 - that is the point
OTHER = ec.generate_private_key(ec.SECP256R1())
DEMANDS = Demands(audience="rooms", issuer="https://app.example")
CLAIMS = {
    "sub": "7",
    "aud": "rooms",
    "iss": "https://app.example",
    "iat": NOON_MS // 1_000,
    "exp": NOON_MS // 1_000 + 600,
}


def jwk(key: Any, algorithm: str, **facts: object) -> dict[str, object]:
    """Return the public half of *key*, as another library writes it."""
    handler = jwt.get_algorithm_by_name(algorithm)
    return {**handler.to_jwk(key.public_key(), as_dict=True), **facts}


def signed(key: Any, algorithm: str, kid: str | None = None) -> str:
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode(CLAIMS, key, algorithm=algorithm, headers=headers)


class KeyServer:
    """Somebody's application, which publishes its keys."""

    def __init__(self) -> None:
        self.keys: list[dict[str, object]] = []
        self.asked = 0
        self.answer: Callable[[], web.StreamResponse] | None = None

    async def serve(self, _request: web.Request) -> web.StreamResponse:
        self.asked += 1
        return self.answer() if self.answer else web.json_response({"keys": self.keys})


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def key_server() -> KeyServer:
    return KeyServer()


@pytest.fixture
async def tokens(key_server: KeyServer, clock: FakeClock) -> AsyncIterator[JwtTokens]:
    app = web.Application()
    app.router.add_get("/jwks.json", key_server.serve)
    async with TestServer(app) as server:
        keys = HttpJwks(str(server.make_url("/jwks.json")), clock)
        yield JwtTokens(keys, DEMANDS, clock)


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
async def test_what_the_private_key_signed_is_known_by_the_public_one(
    tokens: JwtTokens, key_server: KeyServer, algorithm: str
) -> None:
    key_server.keys = [jwk(key, name, kid=name) for name, key in KEYS.items()]

    claims = await tokens.read(signed(KEYS[algorithm], algorithm, algorithm))

    assert (claims.subject, claims.username) == ("7", "7")
    assert (await tokens.read(signed(KEYS[algorithm], algorithm))).subject == "7"
    with pytest.raises(BadToken):
        await tokens.read(signed(OTHER, "ES256", algorithm))
    assert key_server.asked == 1


async def test_a_public_key_is_never_taken_for_a_secret(
    tokens: JwtTokens, key_server: KeyServer
) -> None:
    key = jwk(KEYS["RS256"], "RS256", kid="a")
    key_server.keys = [key]
    for secret in (json.dumps(key).encode(), base64.urlsafe_b64decode(str(key["n"]) + "==")):
        token = jwt.api_jws.PyJWS().encode(
            json.dumps(CLAIMS).encode(), secret[:40], algorithm="HS256", headers={"kid": "a"}
        )
        with pytest.raises(BadToken):
            await tokens.read(token)


async def test_keys_are_kept_and_a_new_one_is_asked_for_but_not_by_everybody(
    tokens: JwtTokens, key_server: KeyServer, clock: FakeClock
) -> None:
    key_server.keys = [jwk(KEYS["ES256"], "ES256", kid="old")]
    await tokens.read(signed(KEYS["ES256"], "ES256", "old"))
    key_server.keys.append(jwk(OTHER, "ES256", kid="new"))
    for _ in range(5):
        with pytest.raises(BadToken):
            await tokens.read(signed(OTHER, "ES256", "new"))
    assert key_server.asked == 1

    clock.advance(30)

    await tokens.read(signed(OTHER, "ES256", "new"))
    await tokens.read(signed(KEYS["ES256"], "ES256", "old"))
    assert key_server.asked == 2


async def test_a_key_that_is_published_no_more_is_not_good_after_ten_minutes(
    tokens: JwtTokens, key_server: KeyServer, clock: FakeClock
) -> None:
    key_server.keys = [jwk(KEYS["ES256"], "ES256", kid="old")]
    await tokens.read(signed(KEYS["ES256"], "ES256", "old"))
    key_server.keys = [jwk(OTHER, "ES256", kid="new")]

    clock.advance(600)

    with pytest.raises(BadToken):
        await tokens.read(signed(KEYS["ES256"], "ES256", "old"))


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(status=500),
        lambda: web.Response(status=302, headers={"Location": "https://evil.example/"}),
        lambda: web.Response(text="nonsense"),
        lambda: web.Response(text='{"keys": []}'),
        lambda: web.Response(body=b" " * 100_000 + b'{"keys": []}'),
    ],
    ids=["fails", "redirects", "nonsense", "empty", "too long"],
)
async def test_while_keys_cant_be_had_the_known_ones_count(
    tokens: JwtTokens, key_server: KeyServer, clock: FakeClock, answer: Callable[[], web.Response]
) -> None:
    key_server.keys = [jwk(KEYS["ES256"], "ES256")]
    token = jwt.encode({**CLAIMS, "exp": CLAIMS["exp"] + 10**6}, KEYS["ES256"], algorithm="ES256")  # type: ignore[operator]
    await tokens.read(token)
    key_server.answer = answer

    clock.advance(3_600)
    await tokens.read(token)
    clock.advance(24 * 3_600)

    with pytest.raises(IdentityUnavailable):
        await tokens.read(token)


async def test_without_any_keys_nobody_can_be_told_from_anybody(clock: FakeClock) -> None:
    tokens = JwtTokens(HttpJwks("http://127.0.0.1:9/jwks.json", clock), DEMANDS, clock)

    with pytest.raises(IdentityUnavailable):
        await tokens.read(signed(KEYS["ES256"], "ES256"))


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "X25519", "x": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "ñ"},
        {"kty": 5},
        {},
        "text",
        jwk(WEAK, "RS256"),
        jwk(KEYS["ES256"], "ES256", use="enc"),
        jwk(KEYS["ES256"], "ES256", alg="RS256"),
    ],
)
def test_a_key_that_is_of_no_use_is_passed_over(key: object) -> None:
    good = jwk(KEYS["EdDSA"], "EdDSA", kid="good", use="sig")

    keys = read_keys(json.dumps({"keys": [key, good]}).encode(), ASYMMETRIC)

    assert [each.kid for each in keys] == ["good"]


async def test_a_signature_is_looked_at_once_and_forgotten_with_its_key(
    tokens: JwtTokens, key_server: KeyServer, clock: FakeClock
) -> None:
    key_server.keys = [jwk(KEYS["ES256"], "ES256", kid="a")]
    token = signed(KEYS["ES256"], "ES256", "a")
    first = await tokens.read(token)

    assert await tokens.read(token) == first
    assert len(tokens._signed) == 1

    key_server.keys = [jwk(OTHER, "ES256", kid="a")]
    clock.advance(300)
    assert await tokens.read(token) == first
    clock.advance(310)
    with pytest.raises(BadToken):
        await tokens.read(token)


async def test_a_bent_token_is_none_though_the_straight_one_is_known(
    tokens: JwtTokens, key_server: KeyServer
) -> None:
    key_server.keys = [jwk(KEYS["EdDSA"], "EdDSA")]
    token = signed(KEYS["EdDSA"], "EdDSA")
    await tokens.read(token)
    head, claims, signature = token.split(".")

    for bent in (f"{head}.{claims}x.{signature}", f"{head}.{claims}.{signature[:-4]}AAAA"):
        with pytest.raises(BadToken):
            await tokens.read(bent)
