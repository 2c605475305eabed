"""`sila i18n`: the catalogues of what families read."""

import typer

app = typer.Typer(no_args_is_help=True, help="The catalogues of what families read.")


@app.command()
def missing() -> None:
    """List what a language lacks; fails where anything is missing."""
    from portal.catalogues import missing_texts
    from portal.languages import LANGUAGES

    lacking = {code: missing_texts(code) for code, language in LANGUAGES.items() if language.catalogues}
    _tell(lacking)
    raise typer.Exit(1 if any(lacking.values()) else 0)


@app.command()
def renew() -> None:
    """Write every catalogue anew with the texts in use, keeping what is translated; then list what is missing."""
    from portal.catalogues import renew_catalogue
    from portal.languages import LANGUAGES

    _tell({code: renew_catalogue(code) for code, language in LANGUAGES.items() if language.catalogues})


def _tell(lacking: dict[str, list[str | tuple[str, ...]]]) -> None:
    for code, texts in lacking.items():
        typer.echo(f"{code}: {len(texts) or 'nothing'} missing")
        for text in texts:
            typer.echo(f"  {text if isinstance(text, str) else text[0]}")
