"""What the environment decides. Read once at start; a wrong or missing value is named, and nothing half starts."""

import ipaddress
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.parts import Part, Process

E164 = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{6,14}$")]


IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
"""A host as a browser names it: a name, `*.` and a name, an IPv4 address, or an IPv6 address in brackets."""
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")


def _networks(written: object) -> object:
    """Networks or addresses, comma separated. Raises ValueError that names neither the value nor a part of it."""
    if not isinstance(written, str):
        return written
    try:
        return tuple(ipaddress.ip_network(each.strip()) for each in written.split(",") if each.strip())
    except ValueError:
        raise ValueError(
            "networks (by their first address) or addresses, comma separated: 10.0.0.0/8, fd00::1"
        ) from None


def _hosts(written: object) -> object:
    """Host names without ports, comma separated. Raises ValueError."""
    if not isinstance(written, str):
        return written
    hosts = tuple(each.strip().lower() for each in written.split(",") if each.strip())
    if not all(HOST.fullmatch(host) for host in hosts):
        raise ValueError("host names without a port, comma separated, such as sila.example, *.sila.example")
    return hosts


class SettingsError(Exception):
    """A setting is missing or wrong; the message names each by its environment variable."""


class Settings(BaseSettings):
    """Sila's settings, from environment variables with the prefix `SILA_` and Twilio's own names."""

    model_config = SettingsConfigDict(env_prefix="SILA_", extra="ignore", populate_by_name=True)

    environment: Literal["local", "test", "production"] = "local"
    port: int = Field(8000, ge=1, le=65535)
    bind: str = "127.0.0.1"
    base_url: str = "http://127.0.0.1:8000"
    trusted_proxies: Annotated[tuple[IPNetwork, ...], NoDecode, BeforeValidator(_networks)] = Field(
        (), description="Networks whose X-Forwarded-For is believed, comma separated. Empty: nobody's is."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_hosts)] = Field(
        (), description="Hosts that the portal answers for besides that of the base URL, comma separated."
    )
    header_timeout_s: float = Field(10, gt=0, le=300, description="Within which a request's headers must arrive.")
    body_timeout_s: float = Field(
        60, gt=0, le=3600, description="Within which a body must arrive; each 4 KiB of it gains a second."
    )
    max_connections: int = Field(1000, ge=10, le=100_000, description="Connections that one portal process holds.")
    database_url: str = Field(description="A PostgreSQL server; each part has a database of its own there.")
    database_prefix: str = Field("sila_", pattern=r"^[a-z][a-z0-9_]*$")
    amqp_url: str = Field(
        description="The broker, virtual host and account. In the relay's, `{part}` stands for an outbox's part."
    )
    keys: Path = Field(Path(".local/keys.json"), description="The key file that `sila keys generate` wrote.")
    metrics_port: int = Field(9460, ge=1, le=65000, description="The first of the parts' metrics ports.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    batch_size: int = Field(100, ge=1, le=1000, description="Messages a consumer takes into one transaction.")
    prefetch: int = Field(200, ge=1, le=5000, description="Messages of a queue that a consumer may have in hand.")
    workers: int = Field(10, ge=1, le=50, description="Database connections a service may hold.")
    heartbeat_s: int = Field(30, ge=2, le=300)
    retry_delays_s: tuple[int, ...] = (5, 60, 600, 3600)
    trim_after_days: int = Field(14, ge=1, description="How long an inbox remembers a message id.")

    own_desk: str = Field(
        "central",
        pattern=r"^[a-z][a-z0-9-]{1,30}$",
        description="The institution whose desk is responsible for what families report themselves.",
    )
    complaints_bodies: tuple[str, ...] = Field(
        ("central", "ncc"),
        description="Institutions that answer complaints about others: the first that is not complained of.",
    )
    concern_days: int = Field(7, ge=1, le=365, description="By when corrections and questions are answered.")
    complaint_days: int = Field(14, ge=1, le=365, description="By when complaints are answered.")
    new_number_waits_s: int = Field(
        172_800, ge=0, le=2_592_000, description="How long a number that the old one did not confirm waits to log in."
    )
    office_phone: E164 = Field("+9647700000000", description="The call desk's number that families are given.")
    twilio_number: E164 = "+15005550006"
    carrier_segments_per_s: float = Field(10, gt=0, description="The pace the carrier allows for one sender.")
    carrier_calls_per_s: float = Field(1, gt=0, description="How many calls a second the carrier begins for us.")
    missed_call_number: E164 | Literal[""] = Field(
        "", description="A number of ours that takes no calls: who rings it is rung back. Empty: there is none."
    )
    carrier_concurrency: int = Field(8, ge=1, le=512)
    carrier_timeout_s: float = Field(10, gt=0)
    quiet_hours: bool = Field(True, description="Hold notices and reminders back at night, 20:00 to 09:00.")
    contact_round_s: int = Field(86_400, ge=1, description="How often a round of 'please contact us' goes out.")
    routine_contact_days: tuple[int, int] = Field((60, 180), description="When a family's routine contact is due.")
    match_posterior_threshold: float = Field(
        0.9995,
        gt=0,
        lt=1,
        description="Below this posterior, the laboratory's, a match report is pointed out to its reviewers.",
    )
    code_lifetime_s: int = Field(600, ge=30, le=900)
    session_idle_s: int = Field(900, ge=60, description="How long a family's idle session lasts.")
    voice: Path = Field(Path(".local/voice"), description="Where `sila prompts make` puts placeholder recordings.")
    log_in_step_s: float = Field(
        0.25,
        ge=0,
        le=2,
        description="Log-ins are answered after a multiple of this, whatever the work took. 0, for tests: at once.",
    )
    limits: Literal["on", "raised"] = Field("on", description="`raised` is for tests of equal answers only.")

    twilio_account_sid: str = Field("", alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr = Field(SecretStr(""), alias="TWILIO_AUTH_TOKEN")
    twilio_messaging_service_sid: str = Field("", alias="TWILIO_MESSAGING_SERVICE_SID")
    twilio_api_base_url: str = Field("", alias="TWILIO_API_BASE_URL")

    @property
    def carrier_is_simulated(self) -> bool:
        """Whether texts go to the simulator: only then may demo contacts and unreviewed templates be used."""
        return bool(self.twilio_api_base_url) and self.environment != "production"

    @property
    def is_https(self) -> bool:
        """Whether the portal's public address is one of TLS."""
        return self.base_url.startswith("https:")

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that the portal answers for, as a Host header names them without its port."""
        host = urlsplit(self.base_url).hostname or ""
        own = f"[{host}]" if ":" in host else host
        return (own, *self.allowed_hosts, *(LOOPBACK_HOSTS if self.environment != "production" else ()))

    def database_of(self, part: Part) -> str:
        """The SQLAlchemy URL of a part's database."""
        return f"{self.database_url.rstrip('/')}/{self.database_prefix}{part}"

    def amqp_url_of(self, part: Part) -> str:
        """The broker's URL for the relay of a part's outbox."""
        return self.amqp_url.replace("{part}", part)

    def metrics_port_of(self, process: Process) -> int:
        """The port of a process's `/metrics`."""
        return self.metrics_port + process.metrics_port_offset


def read_settings(**overrides: object) -> Settings:
    """The settings from the environment.

    Raises SettingsError with a line for each variable that is missing or wrong.
    """
    try:
        return Settings(**overrides)  # pyright: ignore[reportCallIssue, reportArgumentType]
    except ValidationError as error:
        lines = [f"{_variable(str(e['loc'][0]))}: {e['msg']}" for e in error.errors(include_input=False)]
        raise SettingsError("\n".join(lines)) from None


def _variable(name: str) -> str:
    return name if name.startswith("TWILIO_") else f"SILA_{name.upper()}"


@lru_cache
def settings() -> Settings:
    """The process's settings, read once."""
    return read_settings()
