"""Sites: the places where samples are taken, in Iraq and abroad."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from services.appointments.tables import CollectionSession, Site
from shared.bounds import is_time_zone
from shared.messages.appointments import AssignSite, OpenSite, SiteChanged
from shared.messages.model import Actor
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal
from shared.ownership import refuse_unless_may_change


class UnknownSite(Refusal):
    """No such site, or it is open no more."""

    reason = "unknown_site"


class UnknownTimeZone(Refusal):
    """The site's time zone is none that the time zone database knows."""

    reason = "unknown_time_zone"


def open_site(db: Session, command: OpenSite) -> SiteChanged:
    """Open a site, or change what is said of it.

    Refuses with NotYours where another institution runs it, and with UnknownTimeZone: every reminder is reckoned by the
    site's own clock.
    """
    site = db.get(Site, command.site, with_for_update=True)
    if site is not None:
        refuse_unless_may_change(command.actor, institution=site.institution)
    if not is_time_zone(command.time_zone):
        raise UnknownTimeZone
    site = site or Site(id=command.site, version=0, institution=command.institution)  # pyright: ignore
    for name, value in command.model_dump(exclude={"site", "actor"}).items():
        setattr(site, name, value)
    site.version += 1
    site.is_open = True
    db.add(site)
    db.flush()
    return tell_site(db, site)


def assign_site(db: Session, command: AssignSite) -> None:
    """Say which institution runs a site: one from before this was recorded, or one that has changed hands.

    Refuses with UnknownSite, or with NotYours to everybody but a national coordinator.
    """
    refuse_unless_may_change(command.actor, national="coordinator")
    site = db.get(Site, command.site, with_for_update=True)
    if site is None:
        raise UnknownSite
    site.institution = command.runs
    site.version += 1
    db.flush()
    tell_site(db, site)


def refuse_unless_run_by(db: Session, actor: Actor, site: UUID) -> None:
    """Refuses with NotYours unless the actor's institution runs a site, or with UnknownSite where there is none."""
    found = db.get(Site, site)
    if found is None:
        raise UnknownSite
    refuse_unless_may_change(actor, institution=found.institution)


def refuse_unless_runs_session(db: Session, actor: Actor, session: UUID) -> None:
    """Refuses with NotYours unless the actor's institution runs a session's site.

    An unknown session is not refused here.
    """
    site = select(Site).join(CollectionSession, col(CollectionSession.site) == col(Site.id))
    found = db.exec(site.where(CollectionSession.id == session)).first()
    if found is not None:
        refuse_unless_may_change(actor, institution=found.institution)


def tell_site(db: Session, site: Site) -> SiteChanged:
    """Let others hear a site's state."""
    told = _told(site)
    publish(db, told)
    return told


def sites(db: Session, institution: str | None = None) -> list[dict[str, Any]]:
    """Every open site, or those that an institution runs, for staff, by governorate."""
    wanted = select(Site).where(Site.is_open).order_by(col(Site.governorate), col(Site.id))
    found = db.exec(wanted if institution is None else wanted.where(Site.institution == institution))
    return [site.model_dump(mode="json") for site in found]


def states(db: Session) -> Iterator[SiteChanged]:
    """Every site as it is now."""
    for site in db.exec(select(Site)):
        yield _told(site)


def _told(site: Site) -> SiteChanged:
    return SiteChanged(site=site.id, **site.model_dump(exclude={"id", "institution"}))
