"""
Checks signatures with public keys: RS256, ES256 and EdDSA (Ed25519) of JSON Web Signature.

Only checks: nothing here is secret, so nothing here has to take the same time for every
key. It is written from RFC 8017, FIPS 186-5 and RFC 8032, and tested against another
implementation. It spares the server a library that would be a third of its file.
"""

from hashlib import sha256, sha512
from typing import Final

from msgspec import Struct

RSA_BITS_MIN: Final = 2_048
RSA_BITS_MAX: Final = 8_192

_SHA256_PREFIX: Final = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands in front of a SHA-256 digest in a signature (RFC 8017, 9.2)."""

Point = tuple[int, int] | None
"""On the curve P-256; None is the point at infinity."""

Jacobian = tuple[int, int, int]
"""The same as X, Y, Z with x = X/Z², y = Y/Z³; Z is 0 at infinity."""

_NOWHERE: Final = (1, 1, 0)

# P-256 (SEC 2, 2.4.2)
_P: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
_A: Final = _P - 3
_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_N: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G: Final = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)

# Edwards25519 (RFC 8032, 5.1)
_Q: Final = 2**255 - 19
_L: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, _Q) % _Q
_ROOT: Final = pow(2, (_Q - 1) // 4, _Q)

Extended = tuple[int, int, int, int]
"""A point on Edwards25519 as X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z."""

_BASE_Y: Final = 4 * pow(5, -1, _Q) % _Q


class UnusableKey(ValueError):
    """A public key that nobody should trust, or that is none."""


class RsaKey(Struct, frozen=True):
    """A public RSA key."""

    modulus: int
    exponent: int

    def __post_init__(self) -> None:
        bits = self.modulus.bit_length()
        if not RSA_BITS_MIN <= bits <= RSA_BITS_MAX or self.modulus % 2 == 0:
            raise UnusableKey(f"an RSA key must have {RSA_BITS_MIN} to {RSA_BITS_MAX} bits")
        if self.exponent % 2 == 0 or not 3 <= self.exponent < 2**32:
            raise UnusableKey("an RSA key's exponent must be odd and below 2^32")

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Say whether *signature* is RSASSA-PKCS1-v1_5 with SHA-256 over *message*."""
        size = (self.modulus.bit_length() + 7) // 8
        number = int.from_bytes(signature, "big")
        if len(signature) != size or number >= self.modulus:
            return False
        # The whole of what must stand there is made and compared: nothing is parsed.
        digest = _SHA256_PREFIX + sha256(message).digest()
        expected = b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest
        return pow(number, self.exponent, self.modulus).to_bytes(size, "big") == expected


class P256Key(Struct, frozen=True):
    """A public key on the curve P-256."""

    x: int
    y: int

    def __post_init__(self) -> None:
        in_range = 0 <= self.x < _P and 0 <= self.y < _P
        if not in_range or (self.y**2 - self.x**3 - _A * self.x - _B) % _P != 0:
            raise UnusableKey("an EC key must be a point of the curve P-256")

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Say whether *signature*, r and s of 32 bytes each, is ECDSA with SHA-256."""
        if len(signature) != 64:
            return False
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        if not (1 <= r < _N and 1 <= s < _N):
            return False
        inverse = pow(s, -1, _N)
        u = int.from_bytes(sha256(message).digest(), "big") * inverse % _N
        v = r * inverse % _N
        point = _weierstrass_times(u, v, (self.x, self.y))
        return point is not None and point[0] % _N == r


class Ed25519Key(Struct, frozen=True):
    """A public Ed25519 key: 32 bytes."""

    encoded: bytes

    def __post_init__(self) -> None:
        point = _edwards_point(self.encoded)
        if point is None or _is_neutral(_edwards_times(8, point, 0, point)):
            raise UnusableKey("an OKP key must be a point of Edwards25519 and not of small order")

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Say whether *signature*, R and S of 32 bytes each, is Ed25519 over *message*."""
        if len(signature) != 64:
            return False
        commitment, s = _edwards_point(signature[:32]), int.from_bytes(signature[32:], "little")
        key = _edwards_point(self.encoded)
        if commitment is None or key is None or s >= _L:
            return False
        digest = sha512(signature[:32] + self.encoded + message).digest()
        challenge = int.from_bytes(digest, "little") % _L
        right = _edwards_times(s, _BASE, challenge, _edwards_opposite(key))
        return _is_same(commitment, right)


PublicKey = RsaKey | P256Key | Ed25519Key


def _weierstrass_times(u: int, v: int, key: tuple[int, int]) -> Point:
    """Return u·G + v·key, both at once (Shamir's trick), and with one division at the end."""
    addends = {"01": key, "10": _G, "11": _weierstrass_sum(_G, key)}
    size = max(u.bit_length(), v.bit_length())
    total = _NOWHERE
    for bits in zip(f"{u:0{size}b}", f"{v:0{size}b}", strict=True):
        total = _jacobian_double(total)
        addend = addends.get("".join(bits))
        if addend is not None:
            total = _jacobian_sum(total, addend)
    x, y, z = total
    if z == 0:
        return None
    inverse = pow(z, -1, _P)
    return x * inverse**2 % _P, y * inverse**3 % _P


def _jacobian_double(point: Jacobian) -> Jacobian:
    # "dbl-2001-b" of the Explicit-Formulas Database. Infinity, with z = 0, stays that.
    x, y, z = point
    delta, gamma = z * z % _P, y * y % _P
    beta = x * gamma % _P
    alpha = 3 * (x - delta) * (x + delta) % _P
    doubled = (alpha * alpha - 8 * beta) % _P
    return (
        doubled,
        (alpha * (4 * beta - doubled) - 8 * gamma * gamma) % _P,
        ((y + z) ** 2 - gamma - delta) % _P,
    )


def _jacobian_sum(one: Jacobian, two: tuple[int, int]) -> Jacobian:
    # "madd" of the same: the other point has z = 1.
    x, y, z = one
    if z == 0:
        return *two, 1
    square = z * z % _P
    h = (two[0] * square - x) % _P
    r = (two[1] * square * z - y) % _P
    if h == 0:
        return _jacobian_double(one) if r == 0 else _NOWHERE
    h_square = h * h % _P
    h_cube, v = h * h_square % _P, x * h_square % _P
    total = (r * r - h_cube - 2 * v) % _P
    return total, (r * (v - total) - y * h_cube) % _P, z * h % _P


def _weierstrass_sum(one: Point, two: Point) -> Point:
    if one is None or two is None:
        return two if one is None else one
    if one[0] == two[0]:
        if (one[1] + two[1]) % _P == 0:
            return None
        slope = (3 * one[0] ** 2 + _A) * pow(2 * one[1], -1, _P) % _P
    else:
        slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, _P) % _P
    x = (slope**2 - one[0] - two[0]) % _P
    return x, (slope * (one[0] - x) - one[1]) % _P


def _edwards_point(encoded: bytes) -> Extended | None:
    if len(encoded) != 32:
        return None
    number = int.from_bytes(encoded, "little")
    y, is_odd = number % 2**255, number >> 255
    x = _edwards_x(y)
    if x is None or (x == 0 and is_odd):
        return None
    if x % 2 != is_odd:
        x = _Q - x
    return x, y, 1, x * y % _Q


def _edwards_x(y: int) -> int | None:
    if y >= _Q:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _Q) % _Q
    x = pow(square, (_Q + 3) // 8, _Q)
    if (x * x - square) % _Q != 0:
        x = x * _ROOT % _Q
    return x if (x * x - square) % _Q == 0 else None


def _edwards_sum(one: Extended, two: Extended) -> Extended:
    a = (one[1] - one[0]) * (two[1] - two[0]) % _Q
    b = (one[1] + one[0]) * (two[1] + two[0]) % _Q
    c = 2 * one[3] * two[3] * _D % _Q
    d = 2 * one[2] * two[2] % _Q
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _Q, g * h % _Q, f * g % _Q, e * h % _Q


def _edwards_times(u: int, one: Extended, v: int, two: Extended) -> Extended:
    """Return u·one + v·two, both at once."""
    addends = {"01": two, "10": one, "11": _edwards_sum(one, two)}
    size = max(u.bit_length(), v.bit_length())
    total: Extended = (0, 1, 1, 0)
    for bits in zip(f"{u:0{size}b}", f"{v:0{size}b}", strict=True):
        total = _edwards_double(total)
        addend = addends.get("".join(bits))
        if addend is not None:
            total = _edwards_sum(total, addend)
    return total


def _edwards_double(point: Extended) -> Extended:
    # RFC 8032, 5.1.4.
    x, y, z, _t = point
    a, b = x * x % _Q, y * y % _Q
    h = a + b
    e = h - (x + y) ** 2
    g = a - b
    f = 2 * z * z + g
    return e * f % _Q, g * h % _Q, f * g % _Q, e * h % _Q


def _edwards_opposite(point: Extended) -> Extended:
    x, y, z, t = point
    return -x % _Q, y, z, -t % _Q


def _is_same(one: Extended, two: Extended) -> bool:
    return (one[0] * two[2] - two[0] * one[2]) % _Q == 0 and (
        one[1] * two[2] - two[1] * one[2]
    ) % _Q == 0


def _is_neutral(point: Extended) -> bool:
    return _is_same(point, (0, 1, 1, 0))


_BASE: Final = _edwards_point(_BASE_Y.to_bytes(32, "little")) or (0, 1, 1, 0)
