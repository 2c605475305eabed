"""Starts one process of Sila in the form it runs in: nameko services under eventlet, the rest in threads of their own.

It and green.py alone know eventlet. `sila serve PART` becomes this process.
"""

import gc
import os
import signal
import sys
import warnings
from typing import Any

from shared.parts import Process

# structlog would import it, with all that it colours by, for a terminal that no part writes to: a tenth of a start.
sys.modules.setdefault("rich", None)  # pyright: ignore[reportArgumentType]

# Its own resolver knows no search domains, and is an eighth of a start.
os.environ["EVENTLET_NO_GREENDNS"] = "yes"

# docs/decisions: why nameko on eventlet, and the edge behind which both can be replaced.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")


# What is imported stays: looking through it for garbage is another tenth of a start.
gc.disable()


def main(name: str) -> None:
    """Run a process until it is told to stop."""
    process = Process(name)
    match process:
        case Process.RELAY:
            _run_relay()
        case Process.PORTAL:
            _run_portal()
        case _:
            _run_service(process)


def _prepare(process: Process) -> Any:
    """Check what a process stands on before anything starts: settings, keys, schema."""
    from shared.logs import configure_logs
    from shared.messages.subscriptions import PART_OF
    from shared.metrics import serve_metrics
    from shared.parts import Part
    from shared.production import NotForProduction, refuse_problems
    from shared.schema import SchemaBehind, check_schema
    from shared.sealing import KeysUnusable, keys
    from shared.settings import SettingsError, settings

    try:
        config = settings()
        refuse_problems(config, process)
        keys().require(process)
        parts = list(Part) if process is Process.RELAY else [PART_OF.get(process, Part.PORTAL)]
        for part in parts:
            check_schema(config, part)
        if process is Process.PORTAL and config.environment == "production":
            _refuse_without_own_desk(config)
    except (SettingsError, NotForProduction, KeysUnusable, SchemaBehind) as problem:
        sys.exit(f"{process} cannot start.\n{problem}")
    except Exception as problem:
        sys.exit(f"{process} cannot start: its database does not answer ({type(problem).__name__})")
    configure_logs(process, config.log_level, strict=config.environment == "test")
    serve_metrics(process, config.metrics_port_of(process))
    return config


def _refuse_without_own_desk(config: Any) -> None:
    """A portal that takes reports in needs the institution that they belong to. Raises NotForProduction."""
    from portal.own_desk import find_missing
    from shared.production import NotForProduction

    if missing := find_missing(config):
        raise NotForProduction("\n".join(map(str, missing)))


def _run_service(process: Process) -> None:
    from infra.green import become_green, look_without_the_hub

    become_green()
    from importlib import import_module

    import eventlet
    from nameko.runners import ServiceRunner

    from shared.messaging.rpc import reads_config

    config = _prepare(process)
    module = "portal.projections.service" if process is Process.PROJECTOR else f"services.{process}.service"
    service = getattr(import_module(module), f"{process.capitalize()}Service")
    look_without_the_hub()
    runner = ServiceRunner(config={**reads_config(config), "HEARTBEAT": config.heartbeat_s, "max_workers": 4})
    runner.add_service(service)
    _keep_what_is_imported()

    def stop(*_: object) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: os._exit(1))  # asked twice, it ends at once: the inbox makes that safe
        eventlet.spawn_after(18, os._exit, 1)  # nameko has ignored a SIGTERM for minutes before
        eventlet.spawn_n(runner.stop)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    runner.start()
    runner.wait()


def _run_relay() -> None:
    import threading

    from shared.messaging.relay import Relay
    from shared.parts import Part

    config = _prepare(Process.RELAY)
    relays = [Relay(part, config) for part in Part]
    _keep_what_is_imported()
    threads = [threading.Thread(target=r.run, name=f"relay-{r.part}", daemon=True) for r in relays]

    def stop(*_: object) -> None:
        for relay in relays:
            relay.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for thread in threads:
        thread.start()
    while any(t.is_alive() for t in threads):
        for thread in threads:
            thread.join(0.5)
            if not thread.is_alive() and not relays[0].stopping.is_set():
                os._exit(1)  # a relay that died of something unforeseen: the supervisor starts all anew


def _run_portal() -> None:
    import uvicorn

    config = _prepare(Process.PORTAL)
    from portal.app import app
    from portal.connections import limited_protocol

    _keep_what_is_imported()
    uvicorn.run(
        app,
        host=config.bind,
        port=config.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        proxy_headers=False,  # portal/clients.py reads them, and knows whom to believe
        http=limited_protocol(config),
        ws="none",
    )


def _keep_what_is_imported() -> None:
    gc.freeze()
    gc.enable()


if __name__ == "__main__":
    main(sys.argv[1])
