"""`sila i18n`: the catalogues of what families read and hear: what they lack, who reviewed them, what to translate."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(invoke_without_command=True, help="The catalogues of what families read and hear.")


@app.callback()
def report(context: typer.Context) -> None:
    """Without a command: of each language how many texts it has, who reviewed them, and what awaits a review."""
    if context.invoked_subcommand is not None:
        return
    from portal.catalogues import missing_texts, review_of, used_texts
    from portal.languages import LANGUAGES

    total = len(used_texts())
    for code, language in LANGUAGES.items():
        if language.catalogues:
            lacking = len(missing_texts(code))
            typer.echo(f"{code}: {total - lacking} of {total} texts of the pages and calls; review: {review_of(code)}")
        typer.echo(f"{code}: {_messages(code)}; {_guides(code)}")


def _messages(code: str) -> str:
    from services.gateway.words.wording import LANGUAGES, Template, book_of

    wordings = book_of(next(language for language in LANGUAGES if language == code)).wordings
    reviewed = sum(wording.is_reviewed for wording in wordings.values())
    return f"{len(wordings)} of {len(Template)} text messages, {reviewed} of them reviewed"


def _guides(code: str) -> str:
    from portal.family.guides import CONTENT, read_guide

    awaiting = [
        path.stem for path in sorted((CONTENT / code).glob("*.md")) if read_guide(path.stem, code).awaits_review
    ]
    return f"guides that await review: {', '.join(awaiting) or 'none'}"


@app.command()
def missing() -> None:
    """List what a language lacks; fails where anything is missing."""
    from portal.catalogues import missing_texts
    from portal.languages import LANGUAGES

    lacking = {code: missing_texts(code) for code, language in LANGUAGES.items() if language.catalogues}
    _tell(lacking)
    raise typer.Exit(1 if any(lacking.values()) else 0)


@app.command()
def extract(file: Annotated[Path, typer.Argument(help="Where to write the template.")] = Path("sila.pot")) -> None:
    """Write every text in use into a template (.pot), from which a translator's program begins a new language."""
    from portal.catalogues import write_template

    with file.open("wb") as template:
        typer.echo(f"{file}: {write_template(template)} texts")


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
