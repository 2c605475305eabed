"""Sites: the places where samples are taken, in Iraq and abroad."""

from collections.abc import Iterator
from typing import Any

from sqlmodel import Session, col, select

from services.appointments.tables import Site
from shared.bounds import is_time_zone
from shared.messages.appointments import OpenSite, SiteChanged
from shared.messaging.outbox import publish
from shared.messaging.refusal import Refusal


class UnknownSite(Refusal):
    """No such site, or it is open no more."""

    reason = "unknown_site"


class UnknownTimeZone(Refusal):
    """The site's time zone is none that the time zone database knows."""

    reason = "unknown_time_zone"


def open_site(db: Session, command: OpenSite) -> SiteChanged:
    """Open a site, or change what is said of it.

    Refuses with UnknownTimeZone: every reminder is reckoned by the site's own clock.
    """
    if not is_time_zone(command.time_zone):
        raise UnknownTimeZone
    site = db.get(Site, command.site, with_for_update=True) or Site(id=command.site, version=0)  # pyright: ignore
    for name, value in command.model_dump(exclude={"site", "by"}).items():
        setattr(site, name, value)
    site.version += 1
    site.is_open = True
    db.add(site)
    db.flush()
    return tell_site(db, site)


def tell_site(db: Session, site: Site) -> SiteChanged:
    """Let others hear a site's state."""
    told = _told(site)
    publish(db, told)
    return told


def sites(db: Session) -> list[dict[str, Any]]:
    """Every open site, for staff, by governorate."""
    found = db.exec(select(Site).where(Site.is_open).order_by(col(Site.governorate), col(Site.id)))
    return [site.model_dump(mode="json") for site in found]


def states(db: Session) -> Iterator[SiteChanged]:
    """Every site as it is now."""
    for site in db.exec(select(Site)):
        yield _told(site)


def _told(site: Site) -> SiteChanged:
    return SiteChanged(site=site.id, **site.model_dump(exclude={"id"}))
