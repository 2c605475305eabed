"""`python -m infra.simulator`: starts the carrier simulator on 127.0.0.1."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from infra.simulator.app import make_app
from infra.simulator.journal import JournalInUseError
from infra.simulator.options import Options, ProductionError, refuse_production
from infra.simulator.rest.door import CuttableProtocol

_GRACE_S = 2


def serve(
    port: Annotated[int, typer.Option(envvar="SILA_SIMULATOR_PORT")] = 8010,
    directory: Annotated[Path, typer.Option(help="Where the log of texts is kept.")] = Path(".local/simulator"),
    account_sid: Annotated[str, typer.Option(envvar="TWILIO_ACCOUNT_SID")] = "",
    auth_token: Annotated[str, typer.Option(envvar="TWILIO_AUTH_TOKEN")] = "",
    number: Annotated[str, typer.Option(envvar="SILA_TWILIO_NUMBER")] = "+15005550006",
    service_sid: Annotated[str, typer.Option(envvar="TWILIO_MESSAGING_SERVICE_SID")] = "",
    base_url: Annotated[str, typer.Option(envvar="SILA_BASE_URL", help="The service's public address.")] = (
        "http://127.0.0.1:8000"
    ),
    demo: Annotated[Path, typer.Option(help="What the demo data is.")] = Path(".local/demo.json"),
    seed: Annotated[int, typer.Option(help="Makes delays, order and faults repeat.")] = 1,
    pace: Annotated[float, typer.Option(help="Stretches all delays; 0: everything at once.")] = 1.0,
    callbacks: Annotated[bool, typer.Option(help="Tell of statuses.")] = True,
    handles_opt_out: Annotated[bool, typer.Option(help="Obey STOP at the carrier already.")] = False,
    missed_call_number: Annotated[str, typer.Option(envvar="SILA_MISSED_CALL_NUMBER")] = "",
    lines: Annotated[int, typer.Option(min=1, max=64, help="Webhooks called at a time.")] = 8,
) -> None:
    """Play the carrier for one account, with a page of phones. Never in production."""
    if not account_sid or not auth_token:
        sys.exit("TWILIO_ACCOUNT_SID (AC and 32 hexadecimal digits) and TWILIO_AUTH_TOKEN are needed; make some up.")
    options = Options(
        port=port,
        directory=directory,
        account_sid=account_sid,
        auth_token=auth_token,
        number=number,
        service_sid=service_sid,
        base_url=base_url.rstrip("/"),
        demo=demo,
        seed=seed,
        pace=pace,
        callbacks=callbacks,
        handles_opt_out=handles_opt_out,
        lines=lines,
        missed_call_number=missed_call_number,
    )
    _run(options)


def _run(options: Options) -> None:
    try:
        refuse_production(os.environ.get("SILA_ENVIRONMENT", ""))
        app = make_app(options)
    except (ProductionError, JournalInUseError) as error:
        sys.exit(str(error))
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=options.port,
        http=CuttableProtocol,
        access_log=False,  # its lines would hold phone numbers
        timeout_graceful_shutdown=_GRACE_S,
    )


if __name__ == "__main__":
    typer.run(serve)
