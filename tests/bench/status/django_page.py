"""The peer of P1: the same page by Django, as a Django project would do it where it cares for speed.

`gunicorn tests.bench.status.django_page:application`: one worker with threads, connections to the database kept, one
read by the same SQL instead of the ORM's four, templates cached, and none of the middleware that such a page can do
without. Its texts are put into the template when the process starts, as ours are.
"""

import hashlib
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.safestring import mark_safe

from portal.files import OF_SESSION
from portal.languages import LANGUAGES, date_in_words, weekday_and_date
from portal.pages import ICON, STYLE, Pages
from shared.parts import Part
from shared.references import show_reference
from shared.settings import settings as own
from tests.bench.django_ground import SERVED, set_up

ARABIC = LANGUAGES["ar"].translations.gettext
SOURCE = re.sub(
    r"\[\[(.+?)\]\]",
    lambda found: ARABIC(found[1]),
    Path(__file__).with_name("django_status.html").read_text("utf-8"),
)

IN_MEMORY = ("django.template.loaders.locmem.Loader", {"status.html": SOURCE})
CACHED = ("django.template.loaders.cached.Loader", [IN_MEMORY])

set_up(
    own().database_of(Part.PORTAL),
    ROOT_URLCONF=__name__,
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": [CACHED]}}],
    **SERVED,
)

tables = Pages().environment("ar").globals
CONSTANTS = {"stylesheet": mark_safe(STYLE), "icon": mark_safe(ICON), "phone": "+9647700000000", "csrf": "0" * 128}


def show_status(request: HttpRequest) -> HttpResponse:
    """A family's page; without a session, the way in."""
    token = hashlib.sha256(request.COOKIES.get("sila_family", "").encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute(OF_SESSION, {"tokens": [token], "idle_s": 86_400})
        row = cursor.fetchone()
        names = [column.name for column in cursor.description or ()]
    if row is None:
        return HttpResponseRedirect("/ar/status/enter")
    response = render(request, "status.html", _shown(dict(zip(names, row, strict=True))))
    response["Cache-Control"] = "no-store"
    return response


def _shown(file: dict[str, Any]) -> dict[str, Any]:
    timeline = sorted(_list(file["timeline"]), key=lambda step: step["at"], reverse=True)
    return CONSTANTS | {
        "now": tables["statuses"][file["status"]],
        "reference": show_reference(file["reference"]),
        "needs": [tables["needs"][{"first_sample": "samples"}[need]] for need in file["needs"]],
        "timeline": [(tables["statuses"][step["status"]].name, _day(step["at"])) for step in timeline],
        "visits": [_at(visit, visit["site"]["name"]["ar"]) for visit in _list(file["visits"])],
        "meetings": [_at(meeting, meeting["place"]["ar"]) for meeting in _list(file["meetings"])],
        "languages": [each for each in LANGUAGES.values() if each.code != "ar"],
        "status": file["status"],
    }  # fmt: skip


def _at(row: dict[str, Any], where: str) -> dict[str, Any]:
    starts_at = datetime.fromisoformat(row["starts_at"])
    return {"day": weekday_and_date(starts_at.date(), "ar"), "clock": f"{starts_at:%H:%M}", "place": where, **row}


def _day(at: str) -> str:
    return date_in_words(datetime.fromisoformat(at).date(), "ar")


def _list(value: Any) -> list[dict[str, Any]]:
    return json.loads(value) if isinstance(value, str) else value or []


urlpatterns = [path("ar/status", show_status)]
application = get_wsgi_application()
