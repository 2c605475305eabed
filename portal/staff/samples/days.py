"""Collection days: a site's calendar, a session's list, who came; sites and sessions opened and closed."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from portal.family.words import GOVERNORATES
from portal.forms import Form, posted
from portal.staff.console import form_page, note, read, see, tell, told, who
from portal.staff.fields import BAGHDAD, Fields
from shared.database import utc_now
from shared.messages.appointments import (
    CheckIn,
    CloseSession,
    OpenSession,
    OpenSite,
    SessionChanged,
    SiteChanged,
    VisitAttended,
)


async def show_day(request: Request) -> Response:
    """A site's sessions on a day."""
    return await _day_page(request, told=await told(request))


async def _day_page(request: Request, status: int = 200, **context: Any) -> Response:
    sites = {site["id"]: site for site in await read(request, "appointments", "sites")}
    chosen = request.query_params.get("site", "")
    site = sites.get(chosen) or next(iter(sites.values()), None)
    zone = site["time_zone"] if site else BAGHDAD
    day = _day(request.query_params.get("day", "")) or utc_now().astimezone(ZoneInfo(zone)).date()
    sessions: list[dict[str, Any]] = []
    if site:
        calendar = {"site": site["id"], "day": day.isoformat()}
        sessions = await read(request, "appointments", "site_calendar", **calendar)
    coming = (
        await read(request, "appointments", "sessions", since=utc_now().isoformat(), site=site["id"]) if site else []
    )
    shown = {"sites": sites, "site": site, "zone": zone, "day": day, "sessions": sessions, "coming": coming[:20]}
    return form_page(request, "staff/samples/days.html", status, **shown, **context)


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


async def show_session(request: Request) -> Response:
    """A session's list: who comes, who came."""
    ended = await told(request)
    return await session_page(request, told=ended)


async def session_page(request: Request, status: int = 200, **context: Any) -> Response:
    """The page of a session, with the families that booked."""
    session: UUID = request.path_params["session"]
    await note(request, "listed_session", str(session))
    visits = await read(request, "appointments", "visits_of_session", session=str(session))
    details = await _session(request, session)
    sites = {site["id"]: site for site in await read(request, "appointments", "sites")}
    site = sites.get(details["site"]) if details else None
    zone = site["time_zone"] if site else BAGHDAD
    shown = {"session": details, "visits": visits, "site": site, "zone": zone, "id": session}
    return form_page(request, "staff/samples/session.html", status, **shown, **context)


async def _session(request: Request, session: UUID) -> dict[str, Any] | None:
    long_ago = "2000-01-01T00:00:00+00:00"
    every = await read(request, "appointments", "sessions", since=long_ago)
    return next((each for each in every if each["id"] == str(session)), None)


async def check_in(request: Request) -> Response:
    """A family came."""
    session, fields = request.path_params["session"], Fields(await posted(request))
    visit, people = fields.uuid("visit"), fields.whole("people", 0, 12)
    if not fields.are_right or people is None:
        return await session_page(request, 422, form=fields.form, errors=fields.errors)
    command = CheckIn(visit=visit, people=people, by=who(request).staff)
    asked = await tell(request, fields.form, command, "checked_in", str(visit), settled_by=VisitAttended)
    return see(f"/staff/days/sessions/{session}", asked)


async def close_session(request: Request) -> Response:
    """A session takes no more bookings; those it has are cancelled, and each family is told."""
    session, fields = request.path_params["session"], Fields(await posted(request))
    if not fields.form.has("sure"):
        unsure = {"sure": "Please tick the box: every family that booked is told."}
        return await session_page(request, 422, form=fields.form, errors=unsure)
    command = CloseSession(session=session, by=who(request).staff)
    asked = await tell(request, fields.form, command, "closed_session", str(session), settled_by=SessionChanged)
    return see(f"/staff/days/sessions/{session}", asked)


async def show_site_form(request: Request) -> Response:
    """The form that opens a site."""
    return form_page(request, "staff/samples/site.html")


async def open_site(request: Request) -> Response:
    """A site is opened."""
    fields = Fields(await posted(request))
    country = fields.text("country", longest=2).upper() or "IQ"
    said: dict[str, Any] = {
        "site": uuid4(),
        "name": fields.local_text("name"),
        "directions": fields.local_text("directions", is_required=False),
        "country": country,
        "governorate": fields.choice("governorate", GOVERNORATES, is_required=False) or None,
        "time_zone": fields.text("time_zone", longest=60) or BAGHDAD,
        "latitude": fields.number("latitude", -90, 90),
        "longitude": fields.number("longitude", -180, 180),
        "has_women_staff": fields.form.has("has_women_staff"),
        "is_step_free": fields.form.has("is_step_free"),
        "by": who(request).staff,
    }
    if len(country) != 2 or not country.isalpha() or not country.isascii():
        fields.wrong("country", "Please write the two letters of the country, such as IQ or DE.")
    if not fields.are_right:
        return form_page(request, "staff/samples/site.html", 422, form=fields.form, errors=fields.errors)
    command = OpenSite.model_validate(said)
    asked = await tell(request, fields.form, command, "opened_site", str(command.site), settled_by=SiteChanged)
    return see("/staff/days", asked)


async def show_session_form(request: Request) -> Response:
    """The form that opens a session."""
    return await _session_form(request)


async def _session_form(request: Request, status: int = 200, **context: Any) -> Response:
    sites = {site["id"]: site for site in await read(request, "appointments", "sites")}
    start = Form([("site", request.query_params.get("site", "")), ("capacity", "20")])
    shown = {"form": start, **context}
    return form_page(request, "staff/samples/new_session.html", status, sites=sites, **shown)


async def open_session(request: Request) -> Response:
    """A session is opened."""
    fields = Fields(await posted(request))
    site = fields.uuid("site")
    sites = {each["id"]: each for each in await read(request, "appointments", "sites")}
    zone = sites[str(site)]["time_zone"] if str(site) in sites else BAGHDAD
    said = {
        "session": uuid4(),
        "site": site,
        "starts_at": fields.moment("day", "from", zone),
        "ends_at": fields.moment("day", "until", zone),
        "capacity": fields.whole("capacity", 1, 2000),
        "is_women_only": fields.form.has("is_women_only"),
        "by": who(request).staff,
    }
    if not fields.are_right:
        return await _session_form(request, 422, form=fields.form, errors=fields.errors)
    command = OpenSession.model_validate(said)
    asked = await tell(request, fields.form, command, "opened_session", str(command.session), settled_by=SessionChanged)
    return see("/staff/days", asked)
