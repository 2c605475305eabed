"""What a machine needs besides Python: the broker's package, and for the tests a browser and promtool.

Says what it is about to install before it does; `SILA_INSTALL=no` forbids it.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from infra.local import rabbitmq
from infra.local.problems import StartError

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Need:
    """Something that must be on the machine, and the package that brings it."""

    what: str
    is_there: Callable[[], bool]
    debian: str
    brew: str
    way_out: str


BROKER = Need(
    what="RabbitMQ",
    is_there=rabbitmq.is_installed,
    debian="rabbitmq-server",
    brew="rabbitmq",
    way_out="or set SILA_AMQP_URL to a broker of your own",
)
BROWSER = Need(
    what="the browser Chromium",
    is_there=lambda: has_browser(),
    debian="chromium",
    brew="",
    way_out="or run `.venv/bin/playwright install chromium`",
)
PROMTOOL = Need(
    what="promtool",
    is_there=lambda: shutil.which("promtool") is not None,
    debian="prometheus",
    brew="prometheus",
    way_out="which comes with Prometheus",
)


def install(needs: Sequence[Need], environment: Mapping[str, str] = os.environ) -> None:
    """Install what is missing of `needs`. Raises StartError when that is forbidden, impossible or fails."""
    missing = [need for need in needs if not need.is_there()]
    if not missing:
        return
    if environment.get("SILA_INSTALL", "").lower() in {"no", "0", "false"}:
        raise StartError(f"{_list(missing)} missing, and SILA_INSTALL=no forbids installing. {_advice(missing)}")
    for command in _commands(missing):
        print(f"Installing {_list(missing)}: {' '.join(command)}", flush=True)
        _run(command)
    still_missing = [need for need in missing if not need.is_there()]
    if still_missing:
        raise StartError(f"{_list(still_missing)} still missing after the installation. {_advice(still_missing)}")


def has_browser() -> bool:
    """Whether the browser tests find a browser: the system's, or the one that Playwright keeps."""
    return any(shutil.which(name) for name in BROWSERS) or _playwright_has_one()


def _playwright_has_one() -> bool:
    listed = _playwright("install", "--list", capture=True)
    return "chromium" in listed


def _playwright(*arguments: str, capture: bool = False) -> str:
    command = [sys.executable, "-m", "playwright", *arguments]
    done = subprocess.run(command, capture_output=capture, text=True)  # noqa: S603 (our own command)
    return done.stdout if capture and done.returncode == 0 else ""


def _commands(missing: Sequence[Need]) -> list[list[str]]:
    """The commands that bring what is missing, for the package manager at hand."""
    if shutil.which("apt-get"):
        packages = [need.debian for need in missing]
        return [
            [*_as_root(missing), "apt-get", "-qq", "update"],
            [*_as_root(missing), "apt-get", "-qq", "install", "--yes", "--no-install-recommends", *packages],
        ]
    if shutil.which("brew"):
        packages = [need.brew for need in missing if need.brew]
        browser = [[sys.executable, "-m", "playwright", "install", "chromium"]] if BROWSER in missing else []
        return [*([["brew", "install", "--quiet", *packages]] if packages else []), *browser]
    system = platform.system()
    raise StartError(f"{_list(missing)} missing, and this {system} has neither apt-get nor brew. {_advice(missing)}")


def _as_root(missing: Sequence[Need]) -> list[str]:
    if os.geteuid() == 0:
        return ["env", "DEBIAN_FRONTEND=noninteractive"]
    if not shutil.which("sudo"):
        raise StartError(f"{_list(missing)} missing; only root may install it here. {_advice(missing)}")
    # Without a terminal nobody could type a password.
    quiet = [] if sys.stdin.isatty() else ["--non-interactive"]
    return ["sudo", *quiet, "env", "DEBIAN_FRONTEND=noninteractive"]


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # noqa: S603
    if done.returncode:
        last = done.stdout.decode(errors="replace").strip().splitlines()[-3:]
        raise StartError(f"`{' '.join(command)}` failed: {' '.join(last)}")


def _list(needs: Sequence[Need]) -> str:
    return " and ".join(need.what for need in needs)


def _advice(needs: Sequence[Need]) -> str:
    return " ".join(f"Install the package {need.debian} yourself, {need.way_out}." for need in needs)
