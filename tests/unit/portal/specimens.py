"""Every family page with values as a route would hand them over, to be rendered in every language."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from portal.family.guides import read_guide
from portal.family.report.form import STEPS
from portal.family.views import (
    AttestationView,
    ConcernView,
    Figure,
    Figures,
    Institution,
    MeetingView,
    MoreView,
    PhotoView,
    Preferences,
    QuestionView,
    RelativeForm,
    ReportForm,
    SessionOffer,
    SiteView,
    StatusView,
    Step,
    VisitView,
    WaitingLine,
    WaitingView,
)
from portal.family.words import NEEDS, STATUSES
from portal.visits import Wanted

REFERENCE = "381904527616"

SITE = SiteView(
    name="مركز سنجار الصحي",
    governorate="IQ-NI",
    address="شارع المستشفى، خلف المدرسة",
    directions="من ساحة السوق خمس دقائق مشياً",
    phone="+9647701112233",
    has_women_staff=True,
    is_step_free=True,
)
ABROAD = SiteView(name="شتوتغارت", country="DE", zone="Europe/Berlin", hours="9–15", latitude=48.78, longitude=9.18)
VISIT = VisitView(UUID(int=7), SITE, datetime(2026, 12, 6, 6, 30, tzinfo=UTC), places=2)
MEETING = MeetingView(
    key="k7f3q2",
    title="لقاء عام للمعلومات",
    starts_at=datetime(2026, 12, 9, 7, 0, tzinfo=UTC),
    ends_at=datetime(2026, 12, 9, 9, 0, tzinfo=UTC),
    place="قاعة المكتبة العامة، سنجار",
    about="نشرح كيف يجري البحث، ونجيب عن أسئلتكم.",
)
FORM = ReportForm(
    given="علي",
    father="حسين",
    mother="زينب كاظم",
    last_seen_year="2014",
    last_seen_month="8",
    phone="0770",
    happened="<خرج> & لم يعد",
    relatives=(RelativeForm("mother", "زينب كاظم", "yes", "yes", "k1"), RelativeForm("half_sister", key="k2")),
    consent_contact=frozenset({"sms"}),
)
INSTITUTIONS = (Institution("MGD", "دائرة المفقودين"), Institution("ICMP", "ICMP"))


def an_offer(number: int = 1, *, free: int = 3, is_women_only: bool = False) -> SessionOffer:
    starts_at = datetime(2026, 12, 5 + number, 6, 0, tzinfo=UTC)
    return SessionOffer(UUID(int=number), SITE, starts_at, starts_at.replace(hour=11), free, is_women_only)


def a_report(status: str = "samples_needed", **changes: Any) -> StatusView:
    steps = tuple(
        Step(each, day)
        for each, day in (
            (status, date(2026, 11, 20)),
            ("registered", date(2026, 10, 12)),
            ("being_checked", date(2026, 10, 5)),
            ("received", date(2026, 10, 3)),
        )
    )
    shown: dict[str, Any] = {"preferences": Preferences(phone_ending="67")} | changes
    return StatusView(REFERENCE, status, steps, **shown)


WAITS_UNTIL = datetime(2026, 12, 3, 9, tzinfo=UTC)
WAITING = WaitingView(UUID(int=8), "waiting", 2, SITE, day=datetime(2026, 12, 6, 6, 0, tzinfo=UTC))
OFFERED = WaitingView(
    UUID(int=9),
    "offered",
    2,
    SITE,
    offer=UUID(int=10),
    offered=an_offer(),
    until=datetime(2026, 12, 2, 12, 0, tzinfo=UTC),
)
LINES = (WaitingLine(UUID(int=8), "waiting"), WaitingLine(UUID(int=9), "offered", OFFERED.until))
CONCERNS = (
    ConcernView("question", "متى اللقاء القادم؟", date(2026, 11, 19)),
    ConcernView("correction", "<اسم> الأم زينب", date(2026, 11, 2), "صححناه، شكراً لكم.", date(2026, 11, 3)),
    ConcernView("complaint", "", date(2026, 10, 30)),
)
MORE = MoreView(("mother", "half_sister"), ("دائرة المفقودين", "ICMP"), "هدى كريم", date(2026, 10, 3))
FULL_REPORT = a_report(
    needs=("samples", "mother", "photo"),
    visits=(VISIT,),
    waiting=LINES,
    meetings=(MEETING,),
    concerns=CONCERNS,
    more=MORE,
    wants_to_wait=True,
    unsent="say",
    notice="saved",
)

ASKED = a_report(
    questions=(
        QuestionView("hand_over", "hand_over:1", "دائرة شؤون وحماية المقابر الجماعية"),
        QuestionView("hand_over", "hand_over:2", "Police", is_answered=True),
        QuestionView("share", "share:police", "الشرطة"),
    ),
    concerns=(ConcernView("complaint", "", date(2026, 10, 30), desk="مكتب السجل المركزي", due_on=date(2026, 11, 13)),),
)
Context = Mapping[str, Any]


def family_pages(lang: str) -> dict[str, tuple[str, Context]]:
    """Each page by a name: its template and what it is given."""
    token: Context = {"csrf_token": "b0a8c5f9e2d14a77", "request_id": str(UUID(int=99))}
    none: Context = {"visit": None, "next_offer": None, "session": None, "moving": None}
    booking: Context = {**none, "places": "2", **token}
    signed_out: Context = {
        "offers": (),
        "more": (SITE,),
        "wanted": Wanted(),
        "errors": {},
        "chosen": "",
        "places": "2",
        **token,
    }
    wait: Context = {"sites": {"site:7": SITE.name}, "areas": ["IQ-NI"], "where": "", "places": "", "women": False}
    line: Context = {"is_over": False, **token}
    stuttgart: Context = {"offer": replace(an_offer(), site=ABROAD), "places": 1, **token}
    offers = tuple(an_offer(n, free=free, is_women_only=n == 3) for n, free in enumerate((0, 1, 2, 5, 30), start=1))
    received: Context = {
        "reference": REFERENCE,
        "received_on": date(2026, 11, 24),
        "phone_confirmed": False,
        "has_phone": True,
        "errors": {},
        **token,
    }
    form: Context = {"institutions": INSTITUTIONS, **token}
    pages: dict[str, tuple[str, Context]] = {
        "start": ("start", {}),
        "login": ("login_reference", {"errors": {}, "reference": "", **token}),
        "login-wrong": ("login_reference", {"errors": {"reference": "reference"}, "reference": "12", **token}),
        "proof": ("login_proof", {"errors": {}, **token}),
        "proof-wrong": ("login_proof", {"errors": {"code": "code", "pin": "pin"}, **token}),
        "status-asked": ("status", {"report": ASKED, "request_ids": ["1", "2", "3"], **token}),
        "status-full": ("status", {"report": FULL_REPORT, **token}),
        "preferences": ("preferences", {"preferences": Preferences(), "errors": {}, **token}),
        "new-pin": ("new_pin", {"pin": "482913"}),
        "left": ("left", {}),
        "kept": ("kept", {}),
        "report": ("report/whole", {"form": ReportForm(), "errors": {}, **form}),
        "report-wrong": (
            "report/whole",
            {"form": FORM, "errors": {"phone": "phone", "consent_keep": "consent"}, **form},
        ),
        "received": ("report/received", received),
        "received-confirmed": ("report/received", {**received, "phone_confirmed": True}),
        "received-without-phone": ("report/received", {**received, "has_phone": False}),
        **_report_steps(token),
        **_own_pages(token),
        "samples": ("samples", {**signed_out, "offers": offers, "is_signed_in": True}),
        "samples-signed-out": ("samples", {**signed_out, "offers": offers, "is_signed_in": False}),
        "samples-none": ("samples", {**signed_out, "wanted": Wanted(near="IQ-BA"), "is_signed_in": False}),
        "samples-abroad": ("samples", {**signed_out, "offers": (stuttgart["offer"],), "is_signed_in": True}),
        "transfer": ("transfer", {"errors": {}, **stuttgart}),
        "transfer-wrong": ("transfer", {"errors": {"transfer": "transfer"}, **stuttgart}),
        "booked": ("booking", {**booking, "outcome": "booked", "visit": VISIT}),
        "full": ("booking", {**booking, "outcome": "full", "next_offer": an_offer(), "session": UUID(int=1)}),
        "moved": ("booking", {**booking, "outcome": "moved", "visit": VISIT}),
        "not-moved": ("booking", {**booking, "outcome": "full", "visit": VISIT, "moving": VISIT.id}),
        "closed": ("booking", {**booking, "outcome": "closed"}),
        "already": ("booking", {**booking, "outcome": "already", "visit": VISIT}),
        "cancelled": ("booking", {**booking, "outcome": "cancelled"}),
        "visit": ("visit", {"visit": VISIT, **token}),
        "visit-missed": ("visit", {"visit": replace(VISIT, state="missed"), **token}),
        "move": ("move", {**signed_out, "visit": VISIT, "offers": offers, "wanted": Wanted("IQ-NI")}),
        "move-wrong": ("move", {**signed_out, "visit": VISIT, "errors": {"session": "choose"}}),
        "directions": ("directions", {"visit": VISIT, "code": "<svg></svg>"}),
        "directions-abroad": ("directions", {"visit": replace(VISIT, site=ABROAD), "code": "<svg></svg>"}),
        "consent-sheets": ("consent_sheets", {"numbers": range(1, 3), "is_abroad": True}),
        "wait": ("wait", {**wait, "errors": {}, **token}),
        "wait-wrong": ("wait", {**wait, "errors": {"where": "choose", "places": "places"}, **token}),
        "waiting": ("waiting", {"waiting": WAITING, **line}),
        "waiting-offered": ("waiting", {"waiting": OFFERED, **line}),
        "waiting-over": (
            "waiting",
            {"waiting": replace(WAITING, state="ended", ended_because="unanswered"), **line, "is_over": True},
        ),
        "session-over": ("session_over", {}),
        "meetings": ("meetings", {"meetings": (MEETING,)}),
        "meetings-none": ("meetings", {"meetings": ()}),
        "meeting": ("meeting", {"meeting": MEETING, "can_reply": True, **token}),
        "rights": ("guide", {"guide": read_guide("rights", lang)}),
        "privacy": ("guide", {"guide": read_guide("privacy", lang)}),
        "statistics": ("statistics", {"figures": Figures(date(2026, 11, 1), FIGURES)}),
        "verify-valid": ("verify", {"attestation": AttestationView("valid", "A-2026-000417", date(2026, 11, 2))}),
        "verify-revoked": ("verify", {"attestation": AttestationView("revoked", "A-2026-000417", date(2026, 11, 2))}),
        "verify-unknown": ("verify", {"attestation": AttestationView("unknown")}),
    }
    for status in STATUSES:
        pages[f"status-{status}"] = ("status", {"report": a_report(status, needs=tuple(NEEDS)), **token})
    for notice in ("asked", "said", "refused", "number_changed", "phone_confirmed"):
        pages[f"status-told-{notice}"] = ("status", {"report": a_report(notice=notice, is_open=False), **token})
    for code, minutes in ((400, 0), (403, 0), (404, 0), (413, 0), (429, 5), (500, 0), (503, 2)):
        pages[f"error-{code}"] = ("error", {"code": code, "minutes": minutes})
    return {
        name: (f"family/{template}.html", {"at": "status", **context}) for name, (template, context) in pages.items()
    }


def _report_steps(token: Context) -> dict[str, tuple[str, Context]]:
    """A report page by page, from its consent to the moment before it is sent."""
    step: Context = {"steps": tuple(STEPS), "institutions": INSTITUTIONS, "may_add": True, "notice": "", **token}
    resumed: Context = {"reference": "", "errors": {}, **token}
    missing = [("person", "given", "name_required"), ("person", "consent_keep", "consent")]
    read: Context = {"form": FORM, "reference": REFERENCE, "missing": [], "institutions": ["ICMP"], **token}
    pages: dict[str, tuple[str, Context]] = {
        "report-start": ("report/start", {"errors": {}, "has_draft": True, **token}),
        "report-start-wrong": ("report/start", {"errors": {"consent_keep": "consent"}, "has_draft": False, **token}),
        "report-number": ("report/number", {"reference": REFERENCE, "code": "48291307", "first_step": "person"}),
        "report-number-elsewhere": ("report/number", {"reference": REFERENCE, "code": "", "first_step": "person"}),
        "report-resume": ("report/resume", resumed),
        "report-resume-wrong": ("report/resume", {**resumed, "errors": {"code": "draft"}}),
        "report-check": ("report/check", read),
        "report-check-missing": ("report/check", {**read, "missing": missing, "institutions": []}),
    }
    for number, name in enumerate(STEPS, start=1):
        shown = {**step, "step": name, "number": number}
        pages[f"report-{name}"] = (f"report/{name}", {**shown, "form": FORM, "errors": {}})
        pages[f"report-{name}-stale"] = (f"report/{name}", {**shown, "form": FORM, "errors": {}, "notice": "stale"})
    return pages


PHOTO_NOTICES = ("photo_kept", "photo_removed", "photos_full", "asked", "refused")


def _own_pages(token: Context) -> dict[str, tuple[str, Context]]:
    """What a family does from its own page."""
    fresh: Context = {"errors": {}, "is_stale": False, **token}
    wishes = {
        "tell": "خالي سعيد",
        "where": None,
        "by": "woman",
        "when": "not_yet",
        "further_remains": "not_asked",
        "burial_of_further": "undecided",
    }
    phone: Context = {"phone": "", "has_one": True, "is_asked": False, "errors": {}, **token}
    number: Context = {"reference": "", "phone": "", "is_asked": False, "errors": {}, **token}
    ticked = frozenset({"share:ICMP", "contact:sms"})
    photos: Context = {
        "photos": [PhotoView(UUID(int=n), date(2026, 11, n)) for n in (3, 19)],
        "institutions": MORE.institutions,
        "is_open": True,
        "is_full": False,
        "kinds": "image/jpeg,image/png,image/webp",
        "notice": "",
        "errors": {},
        **token,
    }
    return {
        "wishes": ("own/wishes", {"wishes": wishes, **fresh}),
        "wishes-wrong": ("own/wishes", {"wishes": wishes, **fresh, "errors": {"tell": "too_long", "by": "choose"}}),
        "consents": ("own/consents", {"ticked": ticked, "institutions": INSTITUTIONS, **fresh}),
        "close": ("own/close", {"errors": {}, **token}),
        "close-wrong": ("own/close", {"errors": {"sure": "sure"}, **token}),
        "say": ("own/say", {"kind": "", "words": "", **fresh}),
        "say-stale": ("own/say", {"kind": "question", "words": "<متى>", **fresh, "is_stale": True}),
        "say-wrong": ("own/say", {"kind": "", "words": "", **fresh, "errors": {"kind": "choose", "words": "required"}}),
        "photos": ("own/photos", photos),
        "photos-none": ("own/photos", {**photos, "photos": []}),
        "photos-wrong": ("own/photos", {**photos, "errors": {"photo": "photo_heic"}}),
        "photos-full": ("own/photos", {**photos, "is_full": True}),
        "photos-closed": ("own/photos", {**photos, "is_open": False}),
        **{f"photos-told-{notice}": ("own/photos", {**photos, "notice": notice}) for notice in PHOTO_NOTICES},
        "add": ("own/add", {"form": ReportForm(), **fresh}),
        "add-wrong": ("own/add", {"form": FORM, **fresh, "errors": {"relative_relation": "choose"}}),
        "second-contact": ("own/second_contact", phone),
        "second-contact-asked": ("own/second_contact", {**phone, "is_asked": True, "errors": {"code": "code"}}),
        "number-waits": ("own/number_waits", {"opens_from": WAITS_UNTIL, "zone": "Asia/Baghdad"}),
        "new-number": ("own/new_number", number),
        "new-number-asked": ("own/new_number", {**number, "is_asked": True, "errors": {"code": "codes"}}),
        "receipt": ("own/receipt", {"report": FULL_REPORT}),
    }


FIGURES = (
    Figure("reports", 12_400),
    Figure("families_with_samples", 7_300),
    Figure("samples", 15_900),
    Figure("visits", 8_800),
    Figure("meetings", None),
)
