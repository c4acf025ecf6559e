"""Secrets behind a PKCS#11 token (密码设备): what opens a box never leaves the device.

Of each box the token makes the key: HMAC-SHA256 of the box's salt and purpose under a secret
key that the device made, keeps, and doesn't let out. So a copied file is of no use without the
device and its PIN. Tokens that know ML-KEM are not to be had yet, so the identity's own seeds are
in memory while it is unlocked, as they are with a passphrase.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from records.errors import IntegrityError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DEVICE: dict[str, Path] = {}
_KEY_BITS = 256


def use_device(module: Path | None) -> None:
    """Name the PKCS#11 module (a shared library) of this process; None names none."""
    _DEVICE.clear()
    if module is not None:
        _DEVICE["module"] = module


def make_key(token: str, name: str, pin: str) -> None:
    """Have the token called so make and keep a key of this name.

    Raises `UsageError` as `token_secret` does.
    """
    pkcs11 = _library()
    kept = {
        pkcs11.Attribute.SIGN: True,
        pkcs11.Attribute.SENSITIVE: True,
        pkcs11.Attribute.EXTRACTABLE: False,
    }
    with _session(token, pin, rw=True) as session:
        session.generate_key(
            pkcs11.KeyType.GENERIC_SECRET, _KEY_BITS, label=name, store=True, template=kept
        )


def token_secret(token: str, name: str, pin: str, message: bytes) -> bytes:
    """32 bytes that only this token's key of that name makes of the message.

    Raises `UsageError` where no module is named, the token isn't there, or it has no such
    key; `IntegrityError` (`undecipherable`) for a wrong PIN.
    """
    pkcs11 = _library()
    with _session(token, pin) as session:
        key = session.get_key(object_class=pkcs11.ObjectClass.SECRET_KEY, label=name)
        return bytes(key.sign(message, mechanism=pkcs11.Mechanism.SHA256_HMAC))


@contextmanager
def _session(token: str, pin: str, *, rw: bool = False) -> Iterator[Any]:
    pkcs11 = _library()
    faults = pkcs11.exceptions
    if "module" not in _DEVICE:
        raise _unusable("没有指定密码设备 · no PKCS#11 module is named", token)
    try:
        device = pkcs11.lib(str(_DEVICE["module"]))
        with device.get_token(token_label=token).open(user_pin=pin, rw=rw) as session:
            yield session
    except (faults.PinIncorrect, faults.PinLenRange, faults.PinInvalid) as fault:
        raise IntegrityError(
            "undecipherable",
            what="密码设备口令不符 · the token's PIN is wrong",
            where=token,
            remedy="try the PIN again; a token locks itself after a few wrong ones",
        ) from fault
    except faults.NoSuchToken as fault:
        raise _unusable("找不到该密码设备 · the token is not plugged in", token) from fault
    except faults.PKCS11Error as fault:
        name = type(fault).__name__
        raise _unusable(f"密码设备无法使用 · the token can't be used: {name}", token) from fault


def _library() -> Any:  # noqa: ANN401 - the module of an extra
    try:
        return import_module("pkcs11")
    except ImportError:
        raise UsageError(
            "no_pkcs11",
            what="未安装密码设备支持 · support for PKCS#11 tokens is not installed",
            remedy="pip install python-pkcs11==0.10.1",
        ) from None


def _unusable(what: str, token: str) -> UsageError:
    return UsageError(
        "token_unusable",
        what=what,
        where=token,
        remedy="BACKFILL_PKCS11 / STATION_PKCS11 = the device's PKCS#11 library (.so)",
    )
