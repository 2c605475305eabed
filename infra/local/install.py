"""What a machine needs besides Python: the broker's package; for the tests a browser, Java, promtool and nginx; for
recordings espeak-ng.

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
_PLAYWRIGHT_BROWSER = [sys.executable, "-m", "playwright", "install", "chromium"]


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
SPEAKER = Need(
    what="espeak-ng",
    is_there=lambda: shutil.which("espeak-ng") is not None,
    debian="espeak-ng",
    brew="espeak-ng",
    way_out="or do without: the carrier's own voices then read the prompts",
)
PROMTOOL = Need(
    what="promtool",
    is_there=lambda: shutil.which("promtool") is not None,
    debian="prometheus",
    brew="prometheus",
    way_out="which comes with Prometheus",
)

JAVA = Need(
    what="Java",
    is_there=lambda: _java_runs(),
    debian="default-jre-headless",
    brew="openjdk",
    way_out="which runs the checker of the pages' HTML",
)
PROXY = Need(
    what="the proxy nginx",
    is_there=lambda: nginx_program() is not None,
    debian="nginx",
    brew="nginx",
    way_out="behind which a test lets families come from many addresses",
)
LOAD_TOOL = Need(
    what="the load tool wrk",
    is_there=lambda: shutil.which("wrk") is not None,
    debian="wrk",
    brew="wrk",
    way_out="or measure others than P1 with ONLY=",
)


def install(needs: Sequence[Need], environment: Mapping[str, str] = os.environ) -> None:
    """Install what is missing of `needs`. Raises StartError when that is forbidden, impossible or fails."""
    missing = [need for need in needs if not need.is_there()]
    if not missing:
        return
    if environment.get("SILA_INSTALL", "").lower() in {"no", "0", "false"}:
        raise StartError(f"{_list(missing)} missing, and SILA_INSTALL=no forbids installing. {_advice(missing)}")
    if shutil.which("apt-get"):
        _by_apt(missing)
    elif shutil.which("brew"):
        _by_brew(missing)
    else:
        system = platform.system()
        raise StartError(f"{_list(missing)} missing, and this {system} has no apt-get or brew. {_advice(missing)}")
    still_missing = [need for need in missing if not need.is_there()]
    if still_missing:
        raise StartError(f"{_list(still_missing)} still missing after the installation. {_advice(still_missing)}")


def system_browser() -> str | None:
    """The path of the system's browser; None where Playwright's own is to be used."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def nginx_program() -> str | None:
    """The path of nginx; Debian keeps it where the PATH of an ordinary account does not look."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def has_browser() -> bool:
    """Whether the browser tests find a browser: the system's, or the one that Playwright keeps."""
    return system_browser() is not None or _playwright_has_one()


def _playwright_has_one() -> bool:
    command = [sys.executable, "-m", "playwright", "install", "--list"]
    listed = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 (our own command)
    return listed.returncode == 0 and "chromium" in listed.stdout


def _java_runs() -> bool:
    # macOS has a `java` that only says where to get one.
    java = shutil.which("java")
    return java is not None and subprocess.run([java, "-version"], capture_output=True).returncode == 0  # noqa: S603


def _by_apt(missing: Sequence[Need]) -> None:
    as_root = _as_root(missing)
    _say_and_run(missing, [*as_root, "apt-get", "-qq", "update"])
    # Ubuntu has Chromium as a snap only.
    packaged = [need for need in missing if need is not BROWSER or _apt_offers(need.debian)]
    packages = [need.debian for need in packaged]
    if packages:
        options = ["--yes", "--no-install-recommends"]
        _say_and_run(packaged, [*as_root, "apt-get", "-qq", "install", *options, *packages])
    if BROWSER in missing and BROWSER not in packaged:
        _say_and_run([BROWSER], _PLAYWRIGHT_BROWSER)


def _by_brew(missing: Sequence[Need]) -> None:
    packaged = [need for need in missing if need is not BROWSER]
    if packaged:
        _say_and_run(packaged, ["brew", "install", "--quiet", *(need.brew for need in packaged)])
    if BROWSER in missing:
        _say_and_run([BROWSER], _PLAYWRIGHT_BROWSER)


def _apt_offers(package: str) -> bool:
    shown = subprocess.run(["apt-cache", "show", package], capture_output=True)  # noqa: S603, S607
    return shown.returncode == 0


def _say_and_run(needs: Sequence[Need], command: Sequence[str]) -> None:
    print(f"Installing {_list(needs)}: {' '.join(command)}", flush=True)
    _run(command)


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
