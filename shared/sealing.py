"""Sealing of personal values: at rest and in messages (AES-GCM, a key per purpose with key ids for rotation),
for the gateway's eyes only (X25519 sealed boxes), and the blind indexes they are looked up by (HMAC)."""

import base64
import hashlib
import hmac
import json
import os
import secrets
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from pydantic import BaseModel, TypeAdapter


class Purpose(StrEnum):
    """What a key is for. One key per purpose, so that what one part may open tells nothing of another's."""

    REPORTS = "reports"  # at rest in reports
    MATCHING = "matching"
    APPOINTMENTS = "appointments"
    OUTREACH = "outreach"
    GATEWAY = "gateway"
    PORTAL = "portal"
    MESSAGES = "messages"  # on the way between parts
    RPC = "rpc"
    PHONE_INDEX = "phone-index"
    CODES = "codes"  # one-time codes
    SESSIONS = "sessions"
    AUDIT = "audit"


class KeysUnusable(Exception):
    """The key file is missing, unreadable, or lacks a purpose."""


class CannotUnseal(Exception):
    """Sealed with a key that is not here, for another purpose, or changed on the way. Never worth a retry."""


class Keys:
    """The keys of this installation, from the file that `SILA_KEYS` names."""

    def __init__(self, content: dict[str, object]) -> None:
        self._symmetric: dict[str, dict[str, bytes]] = {}
        self._current: dict[str, str] = {}
        for purpose, ring in _rings(content).items():
            self._current[purpose] = ring.current
            self._symmetric[purpose] = {i: base64.b64decode(k) for i, k in ring.keys.items()}
        boxes = content["gateway-box"]
        assert isinstance(boxes, dict)
        self._public = PublicKey(base64.b64decode(boxes["public"]))
        private = boxes.get("private")
        self._private = [PrivateKey(base64.b64decode(k)) for k in private] if private else []

    @classmethod
    def read(cls, path: Path) -> "Keys":
        """The keys in a file. Raises KeysUnusable."""
        try:
            return cls(json.loads(path.read_text()))
        except FileNotFoundError:
            raise KeysUnusable(f"SILA_KEYS: no key file at {path}; `sila keys generate {path}` makes one") from None
        except (ValueError, KeyError, TypeError, AssertionError):
            raise KeysUnusable(f"SILA_KEYS: {path} is not a key file") from None

    def seal(self, purpose: Purpose, plain: bytes, context: str = "") -> str:
        """Text that only the holder of this purpose's key can open, and only in the same context."""
        key_id = self._current[purpose]
        nonce = os.urandom(12)
        box = AESGCM(self._symmetric[purpose][key_id]).encrypt(nonce, plain, _bound_to(purpose, context))
        return f"{key_id}.{base64.urlsafe_b64encode(nonce + box).decode()}"

    def unseal(self, purpose: Purpose, sealed: str, context: str = "") -> bytes:
        """What was sealed. Raises CannotUnseal."""
        key_id, _, encoded = sealed.partition(".")
        try:
            raw = base64.urlsafe_b64decode(encoded)
            key = self._symmetric[purpose][key_id]
            return AESGCM(key).decrypt(raw[:12], raw[12:], _bound_to(purpose, context))
        except (KeyError, ValueError, InvalidTag):
            raise CannotUnseal from None

    def seal_for_gateway(self, plain: str) -> str:
        """Text that only the gateway can open (phones, codes)."""
        return base64.urlsafe_b64encode(SealedBox(self._public).encrypt(plain.encode())).decode()

    def unseal_as_gateway(self, sealed: str) -> str:
        """What was sealed for the gateway. Raises CannotUnseal, also where this process is not the gateway."""
        try:
            box = base64.urlsafe_b64decode(sealed)
        except ValueError:
            raise CannotUnseal from None
        for private in self._private:
            try:
                return SealedBox(private).decrypt(box).decode()
            except (CryptoError, ValueError, TypeError):
                continue
        raise CannotUnseal

    def blind_index(self, purpose: Purpose, value: str) -> str:
        """A keyed digest (HMAC-SHA-256, hex) by which a sealed value can be found again."""
        key = self._symmetric[purpose][min(self._symmetric[purpose])]
        return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()

    def phone_index(self, number: str) -> str:
        """The blind index of a phone number in E.164."""
        return self.blind_index(Purpose.PHONE_INDEX, number)


def _bound_to(purpose: Purpose, context: str) -> bytes:
    return f"{purpose}:{context}".encode()


class Ring(BaseModel):
    """The keys of one purpose: by id, and which of them seals now."""

    current: str
    keys: dict[str, str]


def _rings(content: dict[str, object]) -> dict[str, Ring]:
    rings = TypeAdapter(dict[str, Ring]).validate_python(content["purposes"])
    missing = [p for p in Purpose if p not in rings]
    if missing:
        raise KeyError(missing[0])
    return rings


def generate_keys() -> dict[str, object]:
    """The content of a new key file."""
    box = PrivateKey.generate()
    return {
        "purposes": {p.value: {"current": "1", "keys": {"1": _random_key()}} for p in Purpose},
        "gateway-box": {
            "public": base64.b64encode(bytes(box.public_key)).decode(),
            "private": [base64.b64encode(bytes(box)).decode()],
        },
    }


def rotate_keys(content: dict[str, object]) -> dict[str, object]:
    """The same keys and a new current one for each purpose but the indexes, which must find old rows."""
    rings = _rings(content)
    for purpose, ring in rings.items():
        if purpose != Purpose.PHONE_INDEX:
            ring.current = str(max(map(int, ring.keys)) + 1)
            ring.keys[ring.current] = _random_key()
    return {**content, "purposes": {purpose: ring.model_dump() for purpose, ring in rings.items()}}


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


@lru_cache
def keys() -> Keys:
    """The process's keys, read once from the file that the settings name."""
    from shared.settings import settings

    return Keys.read(settings().keys)
