"""One thing of every kind that one institution has, made at its own desk and by its family, and what would name it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import sqlalchemy as sa
from starlette.testclient import TestClient

from portal.accounts import NewStaff, Role, connect
from portal.administration import institutions, keys, relations
from portal.administration.acting import at_the_command_line
from portal.staff.entrance.permits import permit, sealed_for, verified
from services.appointments import booking, samples, sessions, sites
from services.matching import contacting, laboratory
from services.outreach import meetings, notices
from services.reports import concerns, consent, handing_over, photos
from shared.database import open_session, utc_now
from shared.messages import appointments, matching, outreach, reports
from shared.messages.model import seal_content, seal_picture
from shared.parts import Part
from shared.references import new_reference, show_reference
from shared.settings import Settings
from tests.actors import family_of, staff_of
from tests.approving import approved, drafted
from tests.service.portal.families import Families, eventually
from tests.service.portal.staff import stories
from tests.service.portal.staff.people import Person, an_account
from tests.service.portal.staff.test_oversight import park

Database = Callable[[Part], sa.Engine]
OWNER, NAMED, OTHER, NATIONAL, CLOSED = "mgd", "ihchr", "central", "ncc", "mld"
"""Whose the things are; whom family and meeting named; any other; the national committee; one that was closed."""
PERMITS: Mapping[str, tuple[str, str]] = {
    "/staff/reports/file": ("report", "reference"),
    "/staff/desk/caller": ("caller", "reference"),
    "/staff/desk/concerns": ("concern", "concern"),
    "/staff/national-links": ("link", "national_link"),
    "/staff/matches": ("match", "item"),
    "/staff/families": ("family", "taken_on"),
}
"""The kind of permit in the addresses that begin so, and what it is for."""
MOTHER, WORDS, PLACE = "نازي مراد", "متى نسمع منكم", "قاعة البلدية القديمة"
JPEG = b"\xff\xd8\xff\xe0" + bytes(64)
A_DAY = timedelta(days=1)


@dataclass
class Owned:
    """What the owner has, by the name under which addresses and forms call it."""

    known: dict[str, str]
    manager: Person
    unknown: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        """Of each id that there is, another that there is not, of the same form."""
        self.unknown = {name: _another(value) for name, value in self.known.items()}

    def address(self, path: str, person: Person, ids: Mapping[str, str]) -> str:
        """An address of a route; its permit is one that this person got while the thing could be read."""
        begins = next((b for b in PERMITS if path.startswith(b)), None)
        if begins and "{permit}" in path:
            kind, name = PERMITS[begins]
            given = verified(permit(kind, ids[name], "I look at it"))
            path = path.replace("{permit}", quote(sealed_for(person.account.staff, given), safe=""))
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: ids[found[1]], path)

    def masked(self, text: str) -> str:
        """A page without what differs from one request to the next, and without the ids that were asked for."""
        text = re.sub(r'(name="(?:csrf|request_id)" value=")[^"]*', r"\1", text)
        text = re.sub(r'(type="(?:time|date)" value=")[^"]*', r"\1", text)  # a form that begins with now
        text = re.sub(rf"({'|'.join(PERMITS)}|/staff/desk/caller)/[\w.%=-]{{60,}}", r"\1/–", text)
        text = re.sub(r"asked=[0-9a-f-]{36}", "asked=–", text)
        for name, value in [*self.known.items(), *self.unknown.items()]:
            for shown in {value, _shown(value)} if len(value) > 5 else ():
                text = text.replace(shown, f"<{name}>")
        return text

    def of(self, stands: str) -> dict[str, str]:
        """The ids; for a national role, others where there are: what is done once cannot be done again."""
        others = {name.removesuffix("_2"): value for name, value in self.known.items() if name.endswith("_2")}
        return {**self.known, **others} if stands == "national" else self.known

    def as_shown(self, marker: str) -> str:
        """A marker as pages write it: references in groups."""
        return _shown(marker)


def _shown(value: str) -> str:
    return show_reference(value) if re.fullmatch(r"\d{12}", value) else value


def _another(value: str) -> str:
    if re.fullmatch(r"\d{12}", value):
        return new_reference()
    if re.fullmatch(r"[0-9a-f-]{36}", value):
        return str(uuid4())
    return {"RS-000100": "RS-000199", "RS-000101": "RS-000198"}.get(value, value)


def what_the_owner_has(client: TestClient, config: Settings, database: Database, families: Families) -> Owned:
    """A report that `NAMED` may read and `OTHER` may not, and everything that there is around one."""

    def person(role: Role, institution: str = OWNER) -> Person:
        return Person(client, an_account(config, role, institution=institution)).log_in()

    intake = person(Role.INTAKE)
    reference = stories.enter_report(intake)
    second = stories.enter_report(intake, phone="0770 123 4568")
    third = stories.enter_report(intake, given="نوري", phone="0770 123 4572")
    foreign = stories.enter_report(person(Role.INTAKE, OTHER), phone="0770 123 4569")
    abandoned = stories.enter_report(person(Role.INTAKE, CLOSED), given="جمعة", phone="0770 123 4570")
    offered = stories.enter_report(person(Role.INTAKE, NAMED), given="بدران", phone="0770 123 4571")
    known = _of_the_record(database, reference, second, foreign, offered)
    known |= _of_days(database, families, reference)
    manager = person(Role.CASE_MANAGER)
    known |= _of_matching(database, second, third, manager)
    known |= _of_outreach(database)
    known |= _of_people(config)
    known |= {"reference": reference, "second": second, "abandoned": abandoned, "foreign": foreign}
    known |= {name: str(park(database)) for name in ("row", "row_to_discard", "row_of_all")}
    with database(Part.REPORTS).connect() as db:
        known["message"] = str(db.scalar(sa.text("SELECT message_id FROM failed_message")))
    asked = "INSERT INTO call_request (reference, asked_at) VALUES (:reference, now()) RETURNING id"
    known["call"] = str(families.run(asked, reference=reference)[0].id)
    with connect(config) as db:
        by = at_the_command_line("root")
        institutions.close_institution(db, by, CLOSED, staff_of(NATIONAL, national="administrator"))
    with database(Part.REPORTS).connect() as db:
        closed = sa.text("SELECT 1 FROM closed_institution")
        assert eventually(lambda: db.execute(closed).first() or db.rollback())
    shared = "SELECT 1 FROM family_file WHERE reference = :reference AND :named = ANY(consent_share)"
    assert eventually(lambda: families.run(shared, reference=reference, named=NAMED))
    return Owned(known, manager)


def _of_the_record(database: Database, reference: str, second: str, foreign: str, offered: str) -> dict[str, str]:
    concern, late, photo, hand_over = uuid4(), uuid4(), uuid4(), uuid4()
    family = family_of(reference)
    with open_session(database(Part.REPORTS)) as db:
        said = {"reference": reference, "concern": concern, "concern_kind": "question", "door": "web", "actor": family}
        words = seal_content(reports.Remark(text=WORDS), str(concern))
        concerns.raise_concern(db, reports.RaiseConcern.model_validate(said | {"words": words}))
        concerns.raise_concern(db, reports.RaiseConcern.model_validate(said | {"concern": late}))
        picture = {"photo": photo, "picture": seal_picture(JPEG, str(photo)), "door": "web", "actor": family}
        photos.add_photo(db, reports.AddPhoto.model_validate(picture | {"reference": reference}))
        why = seal_content(reports.Remark(text="It is theirs."), str(hand_over))
        offer = {"reference": offered, "hand_over": hand_over, "to": OWNER, "reason": why, "actor": staff_of(NAMED)}
        handing_over.offer(db, reports.OfferHandOver.model_validate(offer))
        agreed = {"reference": offered, "hand_over": hand_over, "agrees": True, "actor": family_of(offered)}
        handing_over.agree(db, reports.AgreeToHandOver.model_validate(agreed))
        share = {"reference": reference, "purpose": "share", "recipient": NAMED, "is_given": True, "actor": family}
        consent.set_consent(db, reports.SetConsent.model_validate(share))
        pair = sa.text("SELECT id FROM report_link WHERE ARRAY[first, second] @> ARRAY[:a, :b]::varchar[]")
        db.flush()
        db.execute(sa.text("UPDATE concern SET risen_at = now() WHERE id = :late"), {"late": late})
        links = [db.scalar(pair, {"a": reference, "b": other}) for other in (second, foreign)]
        db.commit()
    assert all(links), links
    return {
        "concern": str(concern), "photo": str(photo), "hand_over": str(hand_over), "offered": offered,
        "link": str(links[0]), "national_link": str(links[1]),
    }  # fmt: skip


def _of_days(database: Database, families: Families, reference: str) -> dict[str, str]:
    site, other_site, session, later, today, visit = (uuid4() for _ in range(6))
    owner, starts_at = staff_of(OWNER), utc_now() + 7 * A_DAY
    ((contact,),) = families.run("SELECT contact FROM family_file WHERE reference = :r", r=reference)
    with open_session(database(Part.APPOINTMENTS)) as db:
        for one, name in ((site, "Sinjar hall"), (other_site, "Zummar school")):
            opened = {"site": one, "name": {"en": name}, "governorate": "IQ-NI", "actor": owner}
            sites.open_site(db, appointments.OpenSite.model_validate(opened))
        for one, starts in (
            (session, starts_at),
            (later, starts_at + A_DAY),
            (today, utc_now() + timedelta(minutes=1)),
        ):
            times = {"starts_at": starts, "ends_at": starts + timedelta(hours=4), "capacity": 20}
            sessions.open_session(
                db, appointments.OpenSession.model_validate({"session": one, "site": site, "actor": owner, **times})
            )
        wish = {"visit": visit, "reference": reference, "contact": contact, "session": session, "places": 1}
        booking.book_visit(db, appointments.BookVisit.model_validate(wish | {"actor": family_of(reference)}))
        for barcode, of in (("RS-000100", reference), ("RS-000101", reference), ("RS-000107", new_reference())):
            sample = uuid4()
            details = seal_content(appointments.SampleDetails(donor_name="ريزان", relation="brother"), str(sample))
            taken = {"barcode": barcode, "site": site, "taken_at": utc_now() - A_DAY, "references": [of]}
            named: dict[str, Any] = {"sample": sample, "donor": uuid4(), "details": details, "actor": owner}
            samples.register_sample(db, appointments.RegisterSample.model_validate(named | taken))
        db.commit()
    found = {
        "site": site,
        "other_site": other_site,
        "session": session,
        "later": later,
        "session_of_today": today,
        "visit": visit,
    }
    day = f"{starts_at + 2 * A_DAY:%Y-%m-%d}"
    return {name: str(one) for name, one in found.items()} | {
        "barcode": "RS-000100", "other_barcode": "RS-000101", "day": day, "day_shown": f"{starts_at:%Y-%m-%d}",
    }  # fmt: skip


def _of_matching(database: Database, taken_on: str, waiting: str, manager: Person) -> dict[str, str]:
    """A match to be judged, a family that a case manager has taken on, and one that waits for somebody."""
    item = uuid4()
    with open_session(database(Part.MATCHING)) as db:
        enough = sa.text("SELECT 1 FROM sample HAVING count(*) = 3")
        assert eventually(lambda: db.execute(enough).first() or db.rollback())
        said = {"remains_barcode": "BONE-0001", "donor_barcodes": ["RS-000100"], "posterior": 0.9999}
        report = matching.LaboratoryReport.model_validate({"kind": "match", "laboratory_number": "L-1", **said})
        handed_in = {"laboratory_report": item, "content": seal_content(report, str(item)), "actor": staff_of(OWNER)}
        laboratory.record_laboratory_report(db, matching.RecordLaboratoryReport.model_validate(handed_in))
        for reference in (taken_on, waiting):
            contacting.plan_for_desk(db, matching.PlanContact(reference=reference, actor=staff_of(OWNER)))
        db.commit()
    stories.send_round(database)
    with open_session(database(Part.MATCHING)) as db:
        requests: dict[str, UUID] = dict(db.execute(sa.text("SELECT reference, id FROM contact_request")).all())  # pyright: ignore
        who = manager.account.staff
        assigned = {"contact_request": requests[taken_on], "case_manager": who, "actor": staff_of(OWNER, who)}
        contacting.assign_contact_person(db, matching.AssignContactPerson.model_validate(assigned))
        db.commit()
    people = {"taken_on": requests[taken_on], "contact_request": requests[waiting], "manager": who, "item": item}
    return {name: str(one) for name, one in people.items()}


def _of_outreach(database: Database) -> dict[str, str]:
    meeting, notice, running = uuid4(), uuid4(), uuid4()
    plan = outreach.PlanMeeting(
        actor=staff_of(OWNER, uuid4()),
        meeting=meeting,
        title={"en": "Public meeting", "ar": "لقاء"},
        place={"en": "Old hall", "ar": PLACE},
        governorate="IQ-NI",
        starts_at=utc_now() + 20 * A_DAY,
        is_public=True,
        partners=[NAMED],
    )
    with open_session(database(Part.OUTREACH)) as db:
        meetings.plan_meeting(db, plan)
        for one in (notice, running):
            draft = drafted(plan, outreach.Audience(), one)
            notices.draft_notice(db, draft)
        notices.approve_notice(db, approved(plan, draft, staff_of(OWNER, uuid4())))
        db.flush()
        db.execute(sa.text("UPDATE notice SET state = 'running' WHERE id = :id"), {"id": running})
        db.commit()
    return {"meeting": str(meeting), "notice": str(notice), "running": str(running)}


def _of_people(config: Settings) -> dict[str, str]:
    """Two members of staff with a declared relative, and two keys: for the own administrator and the national one."""
    by, found = at_the_command_line("root"), dict[str, str]()
    for more in ("", "_2"):
        account: NewStaff = an_account(config, Role.INTAKE, institution=OWNER)
        with connect(config) as db:
            relations.declare(db, by, account.staff, new_reference())
            (relation,) = relations.relations_of(db, account.staff)
            made = keys.add_key(db, by, OWNER, ["reports"], "Import of the archive", "archive@mgd.example")
        one = {"staff": account.staff, "email": account.email, "relation": relation.relation, "key": made.api_key}
        found |= {f"{name}{more}": str(value) for name, value in one.items()}
    return found | {"institution": OWNER}
