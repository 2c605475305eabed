"""Sealing of personal values: at rest and in messages (AES-GCM, a key per purpose with key ids for rotation),
for the gateway's eyes only (X25519 sealed boxes), and the blind indexes they are looked up by (HMAC).

A process holds the keys of its own purposes alone: `NEEDED_BY` says which, and `sila keys split` writes its file.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from pydantic import BaseModel, TypeAdapter

from shared.parts import Part, Process


class Purpose(StrEnum):
    """What a key is for. One key per purpose, so that what one part may open tells nothing of another's."""

    REPORTS = "reports"  # at rest in reports
    MATCHING = "matching"
    APPOINTMENTS = "appointments"
    OUTREACH = "outreach"
    GATEWAY = "gateway"
    PORTAL = "portal"
    # On the way: message content, staff reads and the texts of failures, by who may open them.
    FOR_REPORTS = "messages:reports"  # the portal and reports
    FOR_MATCHING = "messages:matching"  # the portal and matching
    FOR_APPOINTMENTS = "messages:appointments"
    FOR_OUTREACH = "messages:outreach"
    FOR_GATEWAY = "messages:gateway"
    FOR_PORTAL = "messages:portal"  # what families said, which its owner and the projections exchange
    CONTACT_PERSONS = "messages:contact-persons"  # matching, reports and the projections
    PHONE_INDEX = "phone-index"
    CODES = "codes"  # one-time codes
    SESSIONS = "sessions"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Needs:
    """The keys that a process needs: purposes, and the halves of the gateway's box."""

    purposes: frozenset[Purpose]
    seals_for_gateway: bool = False
    is_gateway: bool = False


NEEDED_BY: Final[Mapping[Process, Needs]] = {
    Process.PORTAL: Needs(
        frozenset(
            {
                Purpose.PORTAL,
                Purpose.CODES,
                Purpose.SESSIONS,
                Purpose.PHONE_INDEX,
                Purpose.AUDIT,  # the console verifies the trail
                Purpose.FOR_REPORTS,
                Purpose.FOR_MATCHING,
                Purpose.FOR_APPOINTMENTS,
                Purpose.FOR_OUTREACH,
                Purpose.FOR_GATEWAY,
                Purpose.FOR_PORTAL,
            }
        ),
        seals_for_gateway=True,
    ),
    Process.PROJECTOR: Needs(frozenset({Purpose.PORTAL, Purpose.AUDIT, Purpose.FOR_PORTAL, Purpose.CONTACT_PERSONS})),
    Process.REPORTS: Needs(
        frozenset({Purpose.REPORTS, Purpose.FOR_REPORTS, Purpose.FOR_PORTAL, Purpose.CONTACT_PERSONS})
    ),
    Process.MATCHING: Needs(frozenset({Purpose.MATCHING, Purpose.FOR_MATCHING, Purpose.CONTACT_PERSONS})),
    Process.APPOINTMENTS: Needs(frozenset({Purpose.APPOINTMENTS, Purpose.FOR_APPOINTMENTS})),
    Process.OUTREACH: Needs(frozenset({Purpose.FOR_OUTREACH})),
    Process.GATEWAY: Needs(frozenset({Purpose.GATEWAY, Purpose.PHONE_INDEX, Purpose.FOR_GATEWAY}), is_gateway=True),
    Process.RELAY: Needs(frozenset()),
}
"""Which process needs which keys. The command line uses the whole file."""

SHARED_ONCE = "messages"
"""The one key for everything on the way, until each pair of parts had its own. It only opens what it sealed then."""
BOX = "gateway-box"


class KeysUnusable(Exception):
    """The key file is missing, unreadable, or lacks a key that this process needs."""


class KeyNotHeld(Exception):
    """This process does not hold the key; the message names it. A fault of the program or of the key files."""


class CannotUnseal(Exception):
    """Sealed with a key that is not here, for another purpose, or changed on the way. Never worth a retry."""


class Keys:
    """The keys of this process, from the file that `SILA_KEYS` names: all of them, or those of one process."""

    def __init__(self, content: Mapping[str, object]) -> None:
        rings = _rings(content)
        self._current = {purpose: ring.current for purpose, ring in rings.items()}
        self._symmetric = {
            purpose: {key_id: base64.b64decode(key) for key_id, key in ring.keys.items()}
            for purpose, ring in rings.items()
        }
        box = _box(content)
        self._public = PublicKey(base64.b64decode(box.public)) if box.public else None
        self._private = [PrivateKey(base64.b64decode(k)) for k in box.private]

    @classmethod
    def read(cls, path: Path) -> "Keys":
        """The keys in a file. Raises KeysUnusable."""
        try:
            return cls(json.loads(path.read_text()))
        except FileNotFoundError:
            raise KeysUnusable(f"SILA_KEYS: no key file at {path}; `sila keys generate {path}` makes one") from None
        except (ValueError, KeyError, TypeError):
            raise KeysUnusable(f"SILA_KEYS: {path} is not a key file") from None

    def require(self, process: Process) -> None:
        """Raise KeysUnusable, naming what is missing, unless these are all the keys that a process needs."""
        needs = NEEDED_BY[process]
        missing = [str(purpose) for purpose in sorted(needs.purposes - self._symmetric.keys())]
        if needs.seals_for_gateway and self._public is None:
            missing.append(f"{BOX}.public")
        if needs.is_gateway and not self._private:
            missing.append(f"{BOX}.private")
        if missing:
            raise KeysUnusable(
                f"SILA_KEYS: the key file of {process} lacks {', '.join(missing)}; "
                "`sila keys split` writes what each process needs"
            )

    def beyond(self, process: Process) -> list[str]:
        """The names of the keys here that a process has no need of."""
        needs = NEEDED_BY[process]
        found = sorted(self._symmetric.keys() - needs.purposes - {SHARED_ONCE})
        return found + ([f"{BOX}.private"] if self._private and not needs.is_gateway else [])

    def seal(self, purpose: Purpose, plain: bytes, context: str = "") -> str:
        """Text that only the holder of this purpose's key can open, and only in the same context."""
        ring = self._ring(purpose)
        key_id = self._current[purpose]
        nonce = os.urandom(12)
        box = AESGCM(ring[key_id]).encrypt(nonce, plain, _bound_to(purpose, context))
        return f"{key_id}.{base64.urlsafe_b64encode(nonce + box).decode()}"

    def unseal(self, purpose: Purpose, sealed: str, context: str = "") -> bytes:
        """What was sealed. Raises CannotUnseal, and KeyNotHeld where this process has no key of the purpose."""
        rings = {purpose.value: self._ring(purpose)}
        if purpose.startswith(f"{SHARED_ONCE}:"):
            rings[SHARED_ONCE] = self._symmetric.get(SHARED_ONCE, {})
        key_id, _, encoded = sealed.partition(".")
        for name, ring in rings.items():
            try:
                raw = base64.urlsafe_b64decode(encoded)
                return AESGCM(ring[key_id]).decrypt(raw[:12], raw[12:], _bound_to(name, context))
            except (KeyError, ValueError, InvalidTag):
                continue
        raise CannotUnseal

    def seal_for_gateway(self, plain: str) -> str:
        """Text that only the gateway can open (phones, codes). Raises KeyNotHeld without the box's public key."""
        if self._public is None:
            raise KeyNotHeld(f"{BOX}.public")
        return base64.urlsafe_b64encode(SealedBox(self._public).encrypt(plain.encode())).decode()

    def unseal_as_gateway(self, sealed: str) -> str:
        """What was sealed for the gateway. Raises CannotUnseal, and KeyNotHeld where this is not the gateway."""
        if not self._private:
            raise KeyNotHeld(f"{BOX}.private")
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
        ring = self._ring(purpose)
        key = ring[min(ring)]
        return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()

    def phone_index(self, number: str) -> str:
        """The blind index of a phone number in E.164."""
        return self.blind_index(Purpose.PHONE_INDEX, number)

    def _ring(self, purpose: Purpose) -> dict[str, bytes]:
        try:
            return self._symmetric[purpose]
        except KeyError:
            raise KeyNotHeld(purpose.value) from None


def _bound_to(purpose: str, context: str) -> bytes:
    return f"{purpose}:{context}".encode()


class Ring(BaseModel):
    """The keys of one purpose: by id, and which of them seals now."""

    current: str
    keys: dict[str, str]


class Box(BaseModel):
    """The gateway's box: what seals for it, and (in the gateway's file and the whole one) what opens."""

    public: str = ""
    private: list[str] = []


def _rings(content: Mapping[str, object]) -> dict[str, Ring]:
    return TypeAdapter(dict[str, Ring]).validate_python(content["purposes"])


def _box(content: Mapping[str, object]) -> Box:
    return Box.model_validate(content[BOX])


def generate_keys() -> dict[str, object]:
    """The content of a new key file."""
    box = PrivateKey.generate()
    return {
        "purposes": {p.value: _new_ring().model_dump() for p in Purpose},
        BOX: {
            "public": base64.b64encode(bytes(box.public_key)).decode(),
            "private": [base64.b64encode(bytes(box)).decode()],
        },
    }


def complete_keys(content: Mapping[str, object]) -> tuple[dict[str, object], list[Purpose]]:
    """A whole key file with a key for every purpose of this version, and the purposes that it lacked.

    Raises KeysUnusable for the file of one process.
    """
    rings = _rings(content)
    if not (_box(content).private and all(part in rings for part in Part)):
        raise KeysUnusable("the file of one process; this needs the whole one, that `sila keys generate` wrote")
    missing = [purpose for purpose in Purpose if purpose not in rings]
    rings |= {purpose.value: _new_ring() for purpose in missing}
    return {**content, "purposes": {name: ring.model_dump() for name, ring in rings.items()}}, missing


def rotate_keys(content: Mapping[str, object]) -> dict[str, object]:
    """The same keys and a new current one for each purpose but the indexes, which must find old rows."""
    rings = _rings(content)
    for purpose, ring in rings.items():
        if purpose in set(Purpose) - {Purpose.PHONE_INDEX}:
            ring.current = str(max(map(int, ring.keys)) + 1)
            ring.keys[ring.current] = _random_key()
    return {**content, "purposes": {purpose: ring.model_dump() for purpose, ring in rings.items()}}


def forget_shared_key(content: Mapping[str, object]) -> dict[str, object]:
    """The same keys without the one that every part once shared for what was on the way."""
    rings = _rings(content)
    rings.pop(SHARED_ONCE, None)
    return {**content, "purposes": {purpose: ring.model_dump() for purpose, ring in rings.items()}}


def split_keys(content: Mapping[str, object]) -> dict[Process, dict[str, object]]:
    """The content of each process's own key file, from a whole one. Raises KeyError where a purpose is missing."""
    rings, box = _rings(content), _box(content)
    files: dict[Process, dict[str, object]] = {}
    for process, needs in NEEDED_BY.items():
        purposes: list[str] = sorted(needs.purposes)
        if SHARED_ONCE in rings and any(purpose.startswith(f"{SHARED_ONCE}:") for purpose in purposes):
            purposes.append(SHARED_ONCE)
        own = Box(
            public=box.public if needs.seals_for_gateway or needs.is_gateway else "",
            private=box.private if needs.is_gateway else [],
        )
        files[process] = {
            "purposes": {purpose: rings[purpose].model_dump() for purpose in purposes},
            BOX: own.model_dump(),
        }
    return files


def _new_ring() -> Ring:
    return Ring(current="1", keys={"1": _random_key()})


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


@lru_cache
def keys() -> Keys:
    """The process's keys, read once from the file that the settings name."""
    from shared.settings import settings

    return Keys.read(settings().keys)
