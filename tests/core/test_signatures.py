"""What public keys have signed, and what they have not, against another implementation."""

from hashlib import sha1, sha256, sha512

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from roomserver.core.signatures import Ed25519Key, P256Key, PublicKey, RsaKey, UnusableKey

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
L = 2**252 + 27742317777372353535851937790883648493

RSA = rsa.generate_private_key(65_537, 2_048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def rsa_key() -> RsaKey:
    numbers = RSA.public_key().public_numbers()
    return RsaKey(numbers.n, numbers.e)


def ec_key() -> P256Key:
    numbers = EC.public_key().public_numbers()
    return P256Key(numbers.x, numbers.y)


def ed_key() -> Ed25519Key:
    return Ed25519Key(ED.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def rsa_signs(message: bytes) -> bytes:
    return RSA.sign(message, padding.PKCS1v15(), hashes.SHA256())


def ec_signs(message: bytes) -> bytes:
    r, s = utils.decode_dss_signature(EC.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


SIGNERS = [
    pytest.param(rsa_key(), rsa_signs, id="rsa"),
    pytest.param(ec_key(), ec_signs, id="p256"),
    pytest.param(ed_key(), ED.sign, id="ed25519"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("key", "sign"), SIGNERS)
def test_what_was_signed_is_known_and_nothing_else(key: PublicKey, sign) -> None:  # type: ignore[no-untyped-def]
    for number in range(10):
        message = bytes([number]) * (number * 7)
        signature = sign(message)

        assert key.has_signed(message, signature)
        assert not key.has_signed(message + b"x", signature)
        for place in (0, len(signature) // 2, len(signature) - 1):
            bent = bytearray(signature)
            bent[place] ^= 1
            assert not key.has_signed(message, bytes(bent))


@pytest.mark.parametrize(("key", "sign"), SIGNERS)
@pytest.mark.parametrize(
    "bend",
    [
        lambda _: b"",
        lambda s: s[:-1],
        lambda s: s + b"\0",
        lambda s: b"\0" + s,
        lambda s: bytes(len(s)),
        lambda s: b"\xff" * len(s),
    ],
)
def test_a_signature_of_another_form_is_none(key: PublicKey, sign, bend) -> None:  # type: ignore[no-untyped-def]
    assert not key.has_signed(b"hola", bend(sign(b"hola")))


def test_an_rsa_signature_plus_the_modulus_is_none() -> None:
    key = rsa_key()
    number = int.from_bytes(rsa_signs(b"hola"), "big") + key.modulus

    assert not key.has_signed(b"hola", number.to_bytes(257, "big"))


def test_an_rsa_signature_with_padding_that_is_not_full_is_none() -> None:
    # What a verifier that parses instead of comparing would take (Bleichenbacher, 2006).
    key = RsaKey(rsa_key().modulus, 3)
    digest = bytes.fromhex("3031300d060960864801650304020105000420") + sha256(b"hola").digest()
    wanted = b"\x00\x01\xff\x00" + digest
    highest = int.from_bytes(wanted.ljust(256, b"\xff"), "big")
    forged = cube_root(highest)
    assert (forged**3).to_bytes(256, "big").startswith(wanted)

    assert not key.has_signed(b"hola", forged.to_bytes(256, "big"))


def cube_root(number: int) -> int:
    low, high = 0, number
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= number else (low, middle - 1)
    return low


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (N, 1), (1, N), (0, 0), (N - 1, N - 1)])
def test_an_ecdsa_signature_out_of_range_is_none(r: int, s: int) -> None:
    assert not ec_key().has_signed(b"hola", r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def test_an_ed25519_signature_in_another_form_of_the_same_number_is_none() -> None:
    signature = ED.sign(b"hola")
    higher = int.from_bytes(signature[32:], "little") + L

    assert not ed_key().has_signed(b"hola", signature[:32] + higher.to_bytes(32, "little"))


def test_the_example_of_the_standard_is_known() -> None:
    # RFC 8032, 7.1, test 3.
    key = Ed25519Key(
        bytes.fromhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
    )
    signature = bytes.fromhex(
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )

    assert key.has_signed(bytes.fromhex("af82"), signature)


@pytest.mark.parametrize(
    "make",
    [
        lambda: RsaKey(2**1023 + 1, 65_537),
        lambda: RsaKey(2**16_000 + 1, 65_537),
        lambda: RsaKey(rsa_key().modulus, 1),
        lambda: RsaKey(rsa_key().modulus, 2**40 + 1),
        lambda: RsaKey(rsa_key().modulus + 1, 65_537),
        lambda: P256Key(0, 0),
        lambda: P256Key(1, 1),
        lambda: P256Key(2**256, 1),
        lambda: Ed25519Key(b""),
        lambda: Ed25519Key(b"\x01" + bytes(31)),
        lambda: Ed25519Key(bytes(32)),
        lambda: Ed25519Key(b"\xff" * 32),
    ],
)
def test_a_key_that_nobody_should_trust_is_refused(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UnusableKey):
        make()


# What those who look for holes in verifiers try, after the cases of Project Wycheproof.


def same(x: int, *numbers: int) -> bytes:
    return b"".join(number.to_bytes(x, "big") for number in numbers)


def test_the_other_implementations_verdict_is_ours() -> None:
    """Signatures that are right but look odd are right: a small r, a large s, another k."""
    for number in range(30):
        message = number.to_bytes(3, "big")
        r, s = utils.decode_dss_signature(EC.sign(message, ec.ECDSA(hashes.SHA256())))

        # Of an ECDSA signature there are two, (r, s) and (r, n - s). Nothing of ours is known
        # by its signature, so taking both is no hole.
        assert ec_key().has_signed(message, same(32, r, s))
        assert ec_key().has_signed(message, same(32, r, N - s))
        assert not ec_key().has_signed(message, same(32, s, r))


@pytest.mark.parametrize(
    ("r", "s"),
    [(1, 1), (N - 1, 1), (1, N - 1), (N, 0), (0, N), (N + 1, 1), (2**256 - 1, 1), (1, 2**256 - 1),
     (P - N, 1), (P, P), (P + 1, 1)],
)  # fmt: skip
@pytest.mark.parametrize("message", [b"", b"hola"])
def test_numbers_that_are_no_signature_of_anybodys_are_none(r: int, s: int, message: bytes) -> None:
    assert not ec_key().has_signed(message, same(32, r % 2**256, s % 2**256))


def test_a_signature_whose_sum_is_the_point_at_infinity_is_none() -> None:
    # u·G + v·Q = 0 for the key Q = d·G if u = -v·d: so for r = -e / d and any s.
    secret = 7
    key = private_key(secret)
    e = int.from_bytes(sha256(b"hola").digest(), "big")
    r = -e * pow(secret, -1, N) % N

    for s in (1, 2, N - 1):
        assert not key.has_signed(b"hola", same(32, r, s))


def test_a_signature_where_both_points_are_the_same_is_known() -> None:
    # u·G = v·Q, where adding is doubling: r = e / d, so that s = 2·k⁻¹·e with r = (k·G).x can't
    # be chosen; but the key can: d = e / r for any k.
    k = 12345
    e = int.from_bytes(sha256(b"hola").digest(), "big")
    point = ec.derive_private_key(k, ec.SECP256R1()).public_key().public_numbers()
    r = point.x % N
    d = e * pow(r, -1, N) % N
    s = pow(k, -1, N) * (e + r * d) % N

    assert private_key(d).has_signed(b"hola", same(32, r, s))


@pytest.mark.parametrize("secret", [1, 2, 3, N - 1, N - 2, (N + 1) // 2])
def test_extreme_keys_are_keys(secret: int) -> None:
    """Where the key is ±G, adding meets itself and its opposite."""
    signer = ec.derive_private_key(secret, ec.SECP256R1())
    for number in range(5):
        message = bytes([number])
        r, s = utils.decode_dss_signature(signer.sign(message, ec.ECDSA(hashes.SHA256())))

        assert private_key(secret).has_signed(message, same(32, r, s))
        assert not private_key(secret).has_signed(message + b"x", same(32, r, s))


def private_key(secret: int) -> P256Key:
    numbers = ec.derive_private_key(secret, ec.SECP256R1()).public_key().public_numbers()
    return P256Key(numbers.x, numbers.y)


def test_a_signature_in_another_encoding_is_none() -> None:
    in_der = EC.sign(b"hola", ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(in_der)

    for shown in (in_der, same(33, r, s), same(48, r, s), same(32, r), same(32, r, s, 0)):
        assert not ec_key().has_signed(b"hola", shown)


@pytest.mark.parametrize(
    ("x", "y"),
    [(-1, 1), (P, 0), (ec_key().x + P, ec_key().y), (ec_key().x, ec_key().y + P),
     (ec_key().x, -ec_key().y), (ec_key().y, ec_key().x), (0, 1),
     # A point of the twist, and one of P-256's equation with another b: an invalid curve.
     (5, 6), (ec_key().x, (ec_key().y + 1) % P)],
)  # fmt: skip
def test_a_point_that_is_not_on_the_curve_is_no_key(x: int, y: int) -> None:
    with pytest.raises(UnusableKey):
        P256Key(x, y)


def padded(size: int, digest_info: bytes, *, filling: bytes = b"\xff", kind: int = 1) -> bytes:
    filled = (filling * size)[: size - len(digest_info) - 3]
    return bytes([0, kind]) + filled + b"\0" + digest_info


PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
DIGEST = sha256(b"hola").digest()
BER = bytes.fromhex("308130300d060960864801650304020105000420")
NO_NULL = bytes.fromhex("302f300b0609608648016503040201 0420")
SHA1_PREFIX = bytes.fromhex("3021300906052b0e03021a05000414")
SHA512_PREFIX = bytes.fromhex("3051300d060960864801650304020305000440")


def rsa_raw(block: bytes) -> bytes:
    numbers = RSA.private_numbers()
    number = pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n)
    return number.to_bytes(256, "big")


def test_what_must_stand_in_an_rsa_signature_is_known() -> None:
    assert rsa_key().has_signed(b"hola", rsa_raw(padded(256, PREFIX + DIGEST)))


@pytest.mark.parametrize(
    "block",
    [
        padded(256, BER + DIGEST),
        padded(256, NO_NULL + DIGEST),
        padded(256, SHA1_PREFIX + sha1(b"hola", usedforsecurity=False).digest()),
        padded(256, SHA512_PREFIX + sha512(b"hola").digest()),
        padded(256, DIGEST),
        padded(256, PREFIX + DIGEST + b"\0"),
        padded(256, PREFIX + DIGEST[:-1]),
        padded(256, PREFIX + DIGEST, kind=2),
        padded(256, PREFIX + DIGEST, kind=0),
        padded(256, PREFIX + DIGEST, filling=b"\xfe"),
        padded(256, PREFIX + DIGEST, filling=b"\0"),
        # The end of the padding missing, or the padding too short and the rest behind it.
        b"\x00\x01" + b"\xff" * (254 - 51) + PREFIX + DIGEST,
        (b"\x00\x01" + b"\xff" * 8 + b"\x00" + PREFIX + DIGEST).ljust(256, b"\x00"),
        b"\x01" + padded(256, PREFIX + DIGEST)[1:],
    ],
    ids=["ber", "no null", "sha-1", "sha-512", "no prefix", "one more", "one less", "kind 2",
         "kind 0", "other filling", "empty filling", "no end", "rest behind", "first octet"],
)  # fmt: skip
def test_an_rsa_signature_of_anything_else_is_none(block: bytes) -> None:
    assert not rsa_key().has_signed(b"hola", rsa_raw(block))


@pytest.mark.parametrize("number", [0, 1, 2, rsa_key().modulus - 1, rsa_key().modulus])
def test_numbers_that_anybody_can_raise_are_no_rsa_signature(number: int) -> None:
    assert not rsa_key().has_signed(b"hola", number.to_bytes(256, "big"))


def test_an_rsa_signature_in_the_newer_padding_is_none() -> None:
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)

    assert not rsa_key().has_signed(b"hola", RSA.sign(b"hola", pss, hashes.SHA256()))


def test_a_signature_is_as_long_as_its_modulus() -> None:
    signer = rsa.generate_private_key(65_537, 2_056)
    numbers = signer.public_key().public_numbers()
    signature = signer.sign(b"hola", padding.PKCS1v15(), hashes.SHA256())

    assert len(signature) == 257
    assert RsaKey(numbers.n, numbers.e).has_signed(b"hola", signature)
    assert not RsaKey(numbers.n, numbers.e).has_signed(b"hola", signature[1:])


SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0000000000000000000000000000000000000000000000000000000000000080",
]
NOT_CANONICAL = [
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


@pytest.mark.parametrize("encoded", SMALL_ORDER + NOT_CANONICAL)
def test_a_point_of_small_order_or_in_another_encoding_is_no_key(encoded: str) -> None:
    """With a key of small order, one signature would be right for many messages."""
    with pytest.raises(UnusableKey):
        Ed25519Key(bytes.fromhex(encoded))


@pytest.mark.parametrize("encoded", NOT_CANONICAL)
def test_a_commitment_in_another_encoding_is_none(encoded: str) -> None:
    for s in (0, 1, L - 1):
        signature = bytes.fromhex(encoded) + s.to_bytes(32, "little")

        assert not ed_key().has_signed(b"hola", signature)


@pytest.mark.parametrize("bits", [1, 2, 3])
def test_an_ed25519_signature_with_high_bits_set_is_none(bits: int) -> None:
    signature = bytearray(ED.sign(b"hola"))
    signature[63] |= bits << 5

    assert not ed_key().has_signed(b"hola", bytes(signature))


def test_a_commitment_of_small_order_signs_nothing() -> None:
    for encoded in SMALL_ORDER[:7]:
        assert not ed_key().has_signed(b"hola", bytes.fromhex(encoded) + bytes(32))


def test_a_key_signs_nothing_for_another() -> None:
    other = Ed25519Key(ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw())

    assert not other.has_signed(b"hola", ED.sign(b"hola"))


def test_the_standards_other_examples_are_known() -> None:
    # RFC 8032, 7.1, tests 1 and 2: an empty message, and one octet.
    for key, message, signature in (
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ):
        known = Ed25519Key(bytes.fromhex(key))
        assert known.has_signed(bytes.fromhex(message), bytes.fromhex(signature))
    # RFC 6979, A.2.5: P-256 with SHA-256 of "sample".
    key_of_p256 = P256Key(
        0x60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6,
        0x7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299,
    )
    assert key_of_p256.has_signed(
        b"sample",
        same(
            32,
            0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
            0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8,
        ),
    )
