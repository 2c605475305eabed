"""What must not be so in production: each problem by the variable that decides it, and what to do about it.

A part that starts with `SILA_ENVIRONMENT=production` refuses to while there is a problem; `sila doctor` prints them.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from shared.messaging.accounts import user_of, vhost_of
from shared.parts import Process
from shared.sealing import Keys, KeysUnusable
from shared.settings import Settings

DEMO_FILE = "demo.json"
WELL_KNOWN_PASSWORDS = frozenset(
    {"", "guest", "password", "postgres", "rabbitmq", "admin", "sila", "secret", "changeme"}
)
USE_TWILIO_CREDENTIALS = frozenset({Process.PORTAL, Process.GATEWAY})
"""The portal verifies the carrier's signatures, the gateway sends. Other parts should not hold the token."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A setting that production does not allow."""

    variable: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.variable}: {self.remedy}"


class NotForProduction(Exception):
    """A production start with problems; the message has a line for each."""


def refuse_problems(config: Settings, process: Process) -> None:
    """Raise NotForProduction where this is a production start and something stands against it."""
    if config.environment == "production" and (problems := find_problems(config, process)):
        raise NotForProduction("\n".join(map(str, problems)))


def find_problems(config: Settings, process: Process | None = None) -> list[Problem]:
    """Everything that stops a production start: of one process, or (without one) of any."""
    return [
        *_of_the_portal(config),
        *_of_the_carrier(config, process),
        *_of_urls(config, process),
        *_of_files(config, process),
    ]


def _of_the_portal(config: Settings) -> Iterator[Problem]:
    if not config.is_https:
        yield Problem("SILA_BASE_URL", "is not https; give the public address, which the proxy serves over TLS")
    elif not config.trusted_proxies:
        # The portal itself speaks no TLS: where its address is https, a proxy stands before it.
        yield Problem(
            "SILA_TRUSTED_PROXIES",
            "is missing, so that every request counts as the proxy's own; name the networks of your proxies",
        )
    if config.limits == "raised":
        yield Problem("SILA_LIMITS", "is `raised`, which is for tests only; remove it")
    if not config.log_in_step_s:
        yield Problem("SILA_LOG_IN_STEP_S", "is 0, so that the time of an answer may tell what there is; remove it")
    if config.log_level == "DEBUG":
        yield Problem("SILA_LOG_LEVEL", "is DEBUG, which logs every request; use INFO")
    if config.office_phone == Settings.model_fields["office_phone"].default:
        yield Problem("SILA_OFFICE_PHONE", "is the example's number; give the call desk's, which families are told")


def _of_the_carrier(config: Settings, process: Process | None) -> Iterator[Problem]:
    if config.twilio_number == Settings.model_fields["twilio_number"].default:
        yield Problem("SILA_TWILIO_NUMBER", "is the example's number; give your own at the carrier")
    if config.twilio_api_base_url and not _is_twilios(config.twilio_api_base_url):
        yield Problem("TWILIO_API_BASE_URL", "is not Twilio's (a simulator?); leave it empty")
    if process is not None and process not in USE_TWILIO_CREDENTIALS:
        return
    if not config.twilio_account_sid:
        yield Problem("TWILIO_ACCOUNT_SID", "is empty; give your account's")
    if not config.twilio_auth_token.get_secret_value():
        yield Problem("TWILIO_AUTH_TOKEN", "is empty, so that anybody could sign a webhook; give your account's")


def _is_twilios(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "https" and (host == "twilio.com" or host.endswith(".twilio.com"))


def _of_urls(config: Settings, process: Process | None) -> Iterator[Problem]:
    for variable, url in (("SILA_DATABASE_URL", config.database_url), ("SILA_AMQP_URL", config.amqp_url)):
        parts = urlsplit(url)
        user, password = unquote(parts.username or ""), parts.password
        is_broker = variable == "SILA_AMQP_URL"
        if user == "guest" or (is_broker and not user):
            yield Problem(variable, "uses the account `guest`; make an account for Sila")
        # A database may know its clients by certificate or by socket, without a password in the URL.
        elif (is_broker and password is None) or (
            password is not None and unquote(password).lower() in {*WELL_KNOWN_PASSWORDS, user.lower()}
        ):
            yield Problem(variable, "has a well-known password or none; set one that is long and random")
        elif is_broker and process is not None and user != (own := user_of(vhost_of(url), process)):
            yield Problem(
                variable,
                f"uses the account {user}, which is not {process}'s own ({own}) and may do more than it needs; "
                f"give it the address in {process}.env, which `sila broker accounts` writes",
            )


def _of_files(config: Settings, process: Process | None) -> Iterator[Problem]:
    if (mode := _open_mode(config.keys)) is not None:
        yield Problem("SILA_KEYS", f"{config.keys} can be read by others (mode {mode:03o}); chmod 600 {config.keys}")
    if process is not None and (beyond := _keys_beyond(config.keys, process)):
        yield Problem(
            "SILA_KEYS",
            f"{config.keys} holds keys that {process} has no need of ({', '.join(beyond)}); "
            f"give it its own file, which `sila keys split` writes",
        )
    # A local run keeps its keys beside its demo: such a folder holds known passwords.
    for folder in dict.fromkeys((config.keys.parent.absolute(), Path(".local").absolute())):
        if (folder / DEMO_FILE).exists():
            yield Problem(
                "SILA_KEYS",
                f"a demo was seeded here ({folder}/{DEMO_FILE}); use other databases and keys, and remove it",
            )


def _keys_beyond(file: Path, process: Process) -> list[str]:
    """The keys in a file that a process has no need of; none where the file cannot be used at all."""
    try:
        return Keys.read(file).beyond(process)
    except KeysUnusable:
        return []


def _open_mode(file: Path) -> int | None:
    """The mode of a file that others than this account can read; None where it is closed, or not there."""
    try:
        found = file.stat()
    except OSError:
        return None
    mode = stat.S_IMODE(found.st_mode)
    # A mounted secret belongs to root and is read by the group that the process runs in.
    others = 0o077 if found.st_uid == os.geteuid() else 0o007
    return mode if mode & others else None
