"""Public keys of SM2: a point of the curve of GB/T 32918.5 times a private scalar.

Only what the optional library lacks: it makes key pairs, but no public key from a private
one. Not in constant time, and needed once for each identity on the machine that owns it.
"""

from __future__ import annotations

_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
_SIZE = 32

#: A point in affine coordinates; None is the point at infinity.
Point = tuple[int, int] | None


def private_key(seed: bytes) -> bytes:
    """The private key, 32 bytes from 1 to n-2, that a 32-byte seed stands for."""
    return (int.from_bytes(seed, "big") % (_N - 2) + 1).to_bytes(_SIZE, "big")


def public_key(private: bytes) -> bytes:
    """The public key of a private one: both coordinates, 64 bytes."""
    scalar = int.from_bytes(private, "big")
    result: Point = None
    doubled: Point = _G
    while scalar:
        if scalar & 1:
            result = _add(result, doubled)
        doubled = _add(doubled, doubled)
        scalar >>= 1
    if result is None:
        raise ValueError("the private key is no scalar of the curve")
    return result[0].to_bytes(_SIZE, "big") + result[1].to_bytes(_SIZE, "big")


def on_curve(public: bytes) -> bool:
    """Whether the bytes are a point of the curve; its order is prime, so any point will do."""
    if len(public) != 2 * _SIZE:
        return False
    x, y = int.from_bytes(public[:_SIZE], "big"), int.from_bytes(public[_SIZE:], "big")
    return max(x, y) < _P and (y * y - (x * x * x - 3 * x + _B)) % _P == 0


def _add(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return other if one is None else one
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % _P == 0:
        return None
    if one == other:
        slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, _P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, _P)
    x3 = (slope * slope - x1 - x2) % _P
    return x3, (slope * (x1 - x3) - y1) % _P
