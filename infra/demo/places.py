"""The demo's collection sites, their sessions in the weeks to come, and a townhall meeting."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from shared.messages.appointments import OpenSession, OpenSite
from shared.messages.model import Actor, LocalText
from shared.messages.outreach import PlanMeeting


def demo_id(name: str) -> UUID:
    """An id that is the same at every seeding."""
    return uuid5(NAMESPACE_URL, f"sila:demo:{name}")


HOURS: LocalText = {
    "ar": "من الأحد إلى الخميس، 9–15", "ckb": "یەکشەممە تا پێنجشەممە، 9–15", "kmr-Arab": "ئێکشەمب هەتا پێنجشەمب، 9–15",
    "kmr": "Yekşem heta pêncşem, 9–15", "en": "Sunday to Thursday, 9–15",
}  # fmt: skip

RUN_BY = "mld"
"""The demo's institution that runs the sites."""
_STAFF = Actor(institution=RUN_BY, staff=demo_id("staff:samples"))

SITES: tuple[OpenSite, ...] = (
    OpenSite(
        actor=_STAFF, site=demo_id("site:mosul"),
        name={"ar": "الموصل، مركز الطب العدلي", "ckb": "مووسڵ، ناوەندی پزیشکی دادی", "kmr-Arab": "مووسل", "kmr": "Mûsil",
              "en": "Mosul, Medico-Legal Centre"},
        directions={"ar": "الجانب الأيسر، قرب المستشفى العام", "en": "East bank, near the general hospital"},
        street={"ar": "شارع المستشفى، الباب الثاني", "en": "Hospital street, second gate"}, hours=HOURS,
        desk_number="+9647700000000",
        governorate="IQ-NI", latitude=36.35, longitude=43.16, has_women_staff=True, is_step_free=True,
    ),
    OpenSite(
        actor=_STAFF, site=demo_id("site:sinjar"),
        name={"ar": "سنجار، مركز الشباب", "ckb": "شنگال، ناوەندی گەنجان", "kmr-Arab": "شنگال", "kmr": "Şingal",
              "en": "Sinjar, Youth Centre"},
        directions={"ar": "وسط المدينة", "en": "Town centre"}, hours=HOURS,
        governorate="IQ-NI", latitude=36.32, longitude=41.86, has_women_staff=True,
    ),
    OpenSite(
        actor=_STAFF, site=demo_id("site:baghdad"),
        name={"ar": "بغداد، دائرة الطب العدلي", "ckb": "بەغدا", "kmr-Arab": "بەغدا", "kmr": "Bexda",
              "en": "Baghdad, Medico-Legal Directorate"},
        directions={"ar": "باب المعظم", "en": "Bab al-Muadham"}, hours=HOURS,
        governorate="IQ-BG", latitude=33.35, longitude=44.38, has_women_staff=True, is_step_free=True,
    ),
    OpenSite(
        actor=_STAFF, site=demo_id("site:stuttgart"),
        name={"ar": "شتوتغارت", "ckb": "شتوتگارت", "kmr-Arab": "شتوتگارت", "kmr": "Stuttgart", "en": "Stuttgart"},
        directions={"ar": "خمس دقائق من محطة القطار", "en": "Five minutes from the station"},
        hours={"ar": "من الاثنين إلى الجمعة، 9–15", "en": "Monday to Friday, 9–15"},
        country="DE", time_zone="Europe/Berlin", latitude=48.78, longitude=9.18, has_women_staff=True,
    ),
)  # fmt: skip


def sessions(today: datetime) -> Iterator[OpenSession]:
    """Two sessions a week at each site for four weeks, on working days; the first at Sinjar has two places only."""
    for site in SITES:
        zone = ZoneInfo(site.time_zone)
        for number, day in enumerate(_working_days(today, 8)):
            starts = datetime.combine(day, time(9), zone)
            small = site.site == demo_id("site:sinjar") and number == 0
            yield OpenSession(
                actor=_STAFF,
                session=demo_id(f"session:{site.site}:{number}"),
                site=site.site,
                starts_at=starts.astimezone(UTC),
                ends_at=(starts + timedelta(hours=5)).astimezone(UTC),
                capacity=2 if small else 40,
                is_women_only=number == 3,
            )


def _working_days(today: datetime, count: int) -> Iterator[datetime]:
    """Every third or fourth day from next week on that is neither Friday nor Saturday."""
    day, found = today + timedelta(days=5), 0
    while found < count:
        if day.weekday() not in (4, 5):
            yield day
            found += 1
            day += timedelta(days=2)
        day += timedelta(days=1)


def meeting(today: datetime, staff: UUID) -> PlanMeeting:
    """A public information meeting in three weeks."""
    return PlanMeeting(
        meeting=demo_id("meeting:mosul"),
        title={"ar": "لقاء عام للمعلومات", "ckb": "کۆبوونەوەی گشتی بۆ زانیاری", "kmr-Arab": "جڤینا گشتی یا ئاگاهداریێ",
               "kmr": "Civîna giştî ya agahdariyê", "en": "Public information meeting"},
        place={"ar": "الموصل، قاعة البلدية", "ckb": "مووسڵ، هۆڵی شارەوانی", "kmr-Arab": "مووسل، هۆلا شارەڤانیێ",
               "kmr": "Mûsil, hola şaredariyê", "en": "Mosul, Municipal Hall"},
        governorate="IQ-NI",
        starts_at=(today + timedelta(days=21)).replace(hour=7, minute=0, second=0, microsecond=0),
        is_public=True,
        partners=["ihchr"],
        actor=Actor(institution="mgd", staff=staff),
    )  # fmt: skip
