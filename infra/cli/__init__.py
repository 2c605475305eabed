"""The command line, `sila`. One module per subject; each imports what it needs only when it is asked."""

import typer

from infra.cli import (
    api_keys,
    broker,
    doctor,
    documents,
    i18n,
    institutions,
    keeping,
    keys,
    linkage,
    messages,
    people,
    prompts,
    running,
    schema,
    sites,
    staff,
    ways,
)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
running.add_to(app)
doctor.add_to(app)
schema.add_to(app)
app.add_typer(keys.app, name="keys")
app.add_typer(broker.app, name="broker")
app.add_typer(messages.parked, name="parked")
ways.add_to(app)
keeping.add_to(app)
people.add_to(app)
app.add_typer(institutions.app, name="institution")
app.add_typer(staff.app, name="staff")
app.add_typer(api_keys.app, name="key")
app.add_typer(sites.app, name="site")
app.add_typer(linkage.app, name="link")
app.add_typer(i18n.app, name="i18n")
app.add_typer(prompts.app, name="prompts")
documents.add_to(app)
