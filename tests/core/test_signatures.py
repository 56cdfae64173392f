"""What public keys have signed, and what they have not, against another implementation."""

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from roomserver.core.signatures import Ed25519Key, P256Key, PublicKey, RsaKey, UnusableKey

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
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
