"""Collection days: a site's calendar, a session's list, who came; sites and sessions opened and closed."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from portal.family.words import GOVERNORATES
from portal.forms import Form, posted
from portal.staff.console import form_page, note, read, see, tell, told, who
from portal.staff.fields import BAGHDAD, Fields
from shared.bounds import bounded_day
from shared.database import utc_now
from shared.days_to_avoid import reason_to_avoid
from shared.messages.appointments import (
    CloseSession,
    CloseSite,
    OpenSession,
    OpenSite,
    SessionChanged,
    SiteChanged,
)

DAYS = 7
A_WEEK = timedelta(days=DAYS)


async def show_day(request: Request) -> Response:
    """A site's sessions in a week."""
    return await _day_page(request, told=await told(request))


async def _day_page(request: Request, status: int = 200, **context: Any) -> Response:
    sites = {
        site["id"]: site for site in await read(request, "appointments", "sites", institution=who(request).institution)
    }
    chosen = request.query_params.get("site", "")
    site = sites.get(chosen) or next(iter(sites.values()), None)
    zone = site["time_zone"] if site else BAGHDAD
    day = _day(request.query_params.get("day", "")) or utc_now().astimezone(ZoneInfo(zone)).date()
    own = who(request).institution
    week = {"site": site["id"], "day": day.isoformat(), "days": DAYS, "institution": own} if site else None
    sessions: list[dict[str, Any]] = await read(request, "appointments", "site_calendar", **week) if week else []
    days = [(each, [s for s in sessions if _on(s, zone) == each]) for each in (day + timedelta(n) for n in range(DAYS))]
    coming = (
        await read(request, "appointments", "sessions", since=utc_now().isoformat(), site=site["id"]) if site else []
    )
    shown = {"sites": sites, "site": site, "zone": zone, "day": day, "days": days, "coming": coming[:20]}
    shown |= {"before": day - timedelta(days=DAYS), "after": day + timedelta(days=DAYS), "avoid": reason_to_avoid}
    return form_page(request, "staff/samples/days.html", status, **shown, **context)


def _on(session: dict[str, Any], zone: str) -> date:
    return datetime.fromisoformat(session["starts_at"]).astimezone(ZoneInfo(zone)).date()


def _day(written: str) -> date | None:
    """The day in the page's address; the page reaches some weeks beyond it, so that those must be bounded too."""
    try:
        day = date.fromisoformat(written)
        return bounded_day(day) if bounded_day(day + 2 * A_WEEK) and bounded_day(day - A_WEEK) else None
    except (ValueError, OverflowError):
        return None


async def show_session(request: Request) -> Response:
    """A session's list: who comes, who came."""
    ended = await told(request)
    return await session_page(request, told=ended)


async def session_page(request: Request, status: int = 200, **context: Any) -> Response:
    """The page of a session, with the families that booked."""
    session: UUID = request.path_params["session"]
    await note(request, "listed_session", str(session))
    visits = await read(
        request, "appointments", "visits_of_session", session=str(session), institution=who(request).institution
    )
    details, site, zone = await session_with_site(request, session)
    shown = {"session": details, "visits": visits, "site": site, "zone": zone, "id": session}
    shown["others"] = await _others(request, details) if details and details["is_open"] else []
    return form_page(request, "staff/samples/session.html", status, **shown, **context)


async def session_with_site(
    request: Request, session: UUID
) -> tuple[dict[str, Any] | None, dict[str, Any] | None, str]:
    """A session, its site, and the time zone of both; None where there is none, or its site is closed."""
    details = await _session(request, session)
    sites = {
        site["id"]: site for site in await read(request, "appointments", "sites", institution=who(request).institution)
    }
    site = sites.get(details["site"]) if details else None
    return details, site, site["time_zone"] if site else BAGHDAD


async def _session(request: Request, session: UUID) -> dict[str, Any] | None:
    long_ago = "2000-01-01T00:00:00+00:00"
    every = await read(request, "appointments", "sessions", since=long_ago, institution=who(request).institution)
    return next((each for each in every if each["id"] == str(session)), None)


async def _others(request: Request, session: dict[str, Any]) -> list[dict[str, Any]]:
    """Where families can be moved to: open sessions to come at the same site that have room."""
    at = utc_now().isoformat()
    coming = await read(request, "appointments", "sessions", since=at, site=session["site"])
    return [each for each in coming if each["is_open"] and each["free"] and each["id"] != session["id"]]


async def close_session(request: Request) -> Response:
    """A session does not take place; each family that booked is moved or asked, and told once."""
    session, fields = request.path_params["session"], Fields(await posted(request))
    if not fields.form.has("sure"):
        unsure = {"sure": "Please tick the box: every family that booked is told."}
        return await session_page(request, 422, form=fields.form, errors=unsure)
    replacement = fields.uuid("replacement") if fields.form["replacement"] else None
    if not fields.are_right:
        return await session_page(request, 422, form=fields.form, errors=fields.errors)
    command = CloseSession(session=session, replacement=replacement, actor=who(request).actor)
    asked = await tell(request, fields.form, command, "closed_session", str(session), settled_by=SessionChanged)
    return see(f"/staff/days/sessions/{session}", asked)


async def close_site(request: Request) -> Response:
    """A site is open no more; each of its sessions to come closes."""
    site, fields = request.path_params["site"], Fields(await posted(request))
    if not fields.form.has("sure"):
        unsure = {"sure": "Please tick the box: every family that booked there is told."}
        return await _day_page(request, 422, form=fields.form, errors=unsure)
    command = CloseSite(site=site, actor=who(request).actor)
    asked = await tell(request, fields.form, command, "closed_site", str(site), settled_by=SiteChanged)
    return see("/staff/days", asked)


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
        "street": fields.local_text("street", is_required=False),
        "hours": fields.local_text("hours", is_required=False),
        "desk_number": fields.phone("desk_number"),
        "country": country,
        "governorate": fields.choice("governorate", GOVERNORATES, is_required=False) or None,
        "time_zone": fields.time_zone("time_zone"),
        "latitude": fields.number("latitude", -90, 90),
        "longitude": fields.number("longitude", -180, 180),
        "has_women_staff": fields.form.has("has_women_staff"),
        "is_step_free": fields.form.has("is_step_free"),
        "actor": who(request).actor,
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
    sites = {
        site["id"]: site for site in await read(request, "appointments", "sites", institution=who(request).institution)
    }
    start = Form([("site", request.query_params.get("site", "")), ("capacity", "20")])
    shown = {"form": start, "may_insist": False, **context}
    return form_page(request, "staff/samples/new_session.html", status, sites=sites, **shown)


async def open_session(request: Request) -> Response:
    """A session is opened."""
    fields = Fields(await posted(request))
    site = fields.uuid("site")
    sites = {
        each["id"]: each for each in await read(request, "appointments", "sites", institution=who(request).institution)
    }
    zone = sites[str(site)]["time_zone"] if str(site) in sites else BAGHDAD
    said = {
        "session": uuid4(),
        "site": site,
        "starts_at": fields.moment("day", "from", zone),
        "ends_at": fields.moment("day", "until", zone),
        "capacity": fields.whole("capacity", 1, 2000),
        "is_women_only": fields.form.has("is_women_only"),
        "actor": who(request).actor,
    }
    if not fields.are_right:
        return await _session_form(request, 422, form=fields.form, errors=fields.errors)
    if (why := _wrong_moment(said)) and not fields.form.has("despite"):
        return await _session_form(request, 422, form=fields.form, errors={"day": why}, may_insist=True)
    command = OpenSession.model_validate(said)
    asked = await tell(request, fields.form, command, "opened_session", str(command.session), settled_by=SessionChanged)
    return see("/staff/days", asked)


def _wrong_moment(said: dict[str, Any]) -> str:
    """Why families would find it hard to come then, in a sentence; empty where nothing speaks against it."""
    starts: datetime | None = said["starts_at"]
    why = reason_to_avoid(starts.date()) if starts else None
    return f"This day is {why}. Tick the box to open it nevertheless." if why else ""
