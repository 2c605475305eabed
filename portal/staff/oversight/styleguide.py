"""The parts that our pages are made of, alive: the console's, and the families' in each of their languages."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from portal.family.views import SessionOffer, SiteView, VisitView
from portal.forms import Form
from portal.languages import DEFAULT, LANGUAGES
from portal.pages import page
from portal.staff.console import form_page, show_moment
from shared.database import utc_now

REFERENCE = "381904527616"
SITE = SiteView(
    name="مركز سنجار الصحي · Navenda Şengalê",
    governorate="IQ-NI",
    address="شارع المستشفى",
    directions="من ساحة السوق خمس دقائق مشياً",
    phone="+9647700000000",
    has_women_staff=True,
    is_step_free=True,
)
NAMES = {"en": "Sinjar library", "ar": "مكتبة سنجار"}


async def show_console_parts(request: Request) -> Response:
    """The console's parts, as its pages use them, with what is wrong in a form."""
    shown: dict[str, Any] = {
        "written": Form([("right", "Sinjar"), ("boxes", "sms")]),
        "wrong": {"wrong": "Please fill this in.", "wrong_choice": "Please choose one."},
        "reference": REFERENCE,
        "names": NAMES,
        "moment": show_moment(utc_now()),
    }
    return form_page(request, "staff/styleguide/console.html", **shown)


async def show_family_parts(request: Request) -> Response:
    """The families' parts in the language that the address asks for, Arabic where it asks for none."""
    request.state.lang = LANGUAGES.get(request.query_params.get("lang", ""), DEFAULT).code
    shown: dict[str, Any] = {
        "reference": REFERENCE,
        "offers": [_offer(number, free) for number, free in enumerate((0, 1, 2, 5, 30), start=1)],
        "visits": [_visit(state) for state in ("booked", "asked", "waiting", "cancelled")],
        "wrong": {"wrong": "required", "wrong_number": "reference", "wrong_choice": "choose"},
    }
    return page(request, "staff/styleguide/family.html", at="", **shown)


def _morning(days: int) -> datetime:
    return datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(days=days)


def _offer(number: int, free: int) -> SessionOffer:
    starts_at = _morning(number)
    ends_at = starts_at + timedelta(hours=5)
    return SessionOffer(UUID(int=number), SITE, starts_at, ends_at, free, is_women_only=number == 3)


def _visit(state: str) -> VisitView:
    return VisitView(UUID(int=7), SITE, _morning(5), places=2, state=state)
