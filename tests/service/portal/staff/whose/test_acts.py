"""Acts that somebody once could do and must not: each by the console, by the API, and sent to the owner's queue."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient
from typer.testing import CliRunner

from infra.cli import app
from portal.accounts import Role, add_api_key, connect
from portal.languages import local_time
from portal.staff.fields import BAGHDAD
from shared.database import utc_now
from shared.messages import matching, outreach, reports
from shared.messages.model import Actor, Command, seal_content
from shared.sealing import keys
from shared.settings import Settings
from tests.actors import key_of, staff_of
from tests.service.portal.staff.people import Page, Person, said
from tests.service.portal.staff.whose.console import Console
from tests.service.portal.staff.whose.owned import NAMED, OTHER, OWNER, Owned
from tests.service.portal.staff.whose.steps import ACTS, FAMILY, FILE, LOOKS, MEETING, NOTICE, PLAN, Step

Commands = Callable[[Owned, Actor], list[Command]]
NOWHERE = "It does not exist, or it is not your institution's to see."
NUMBER = "+9647701239999"


def act_at(route: str, **ids: str) -> Step:
    """The whole form of a route."""
    (found,) = [step for step in ACTS if step.route == f"POST {route}" and step.ids == ids]
    return found


def set_consent(things: Owned, who: Actor) -> list[Command]:
    share = {"purpose": "share", "recipient": who.institution, "is_given": True}
    return [reports.SetConsent.model_validate({"actor": who, "reference": things.known["reference"], **share})]


def set_contact(things: Owned, who: Actor) -> list[Command]:
    number = {"phone": keys().seal_for_gateway(NUMBER), "phone_index": keys().phone_index(NUMBER), "is_verified": True}
    return [reports.SetContact.model_validate({"actor": who, "reference": things.known["reference"], **number})]


def withdraw(things: Owned, who: Actor) -> list[Command]:
    return [reports.WithdrawReport(actor=who, reference=things.known["reference"])]


def decide_link(things: Owned, who: Actor) -> list[Command]:
    return [reports.DecideLink(actor=who, link=UUID(things.known["link"]), decision="linked")]


def take_on(things: Owned, who: Actor) -> list[Command]:
    request = UUID(things.known["contact_request"])
    return [matching.AssignContactPerson(actor=who, contact_request=request, case_manager=who.staff or uuid4())]


def alter_and_cancel(things: Owned, who: Actor) -> list[Command]:
    meeting = UUID(things.known["meeting"])
    plan = {"title": {"en": "x"}, "place": {"en": "x"}, "governorate": "IQ-NI", "starts_at": utc_now() + timedelta(9)}
    return [
        outreach.PlanMeeting.model_validate({"actor": who, "meeting": meeting, **plan}),
        outreach.CancelMeeting(actor=who, meeting=meeting),
    ]


def stop_notice(things: Owned, who: Actor) -> list[Command]:
    return [outreach.StopNotice(actor=who, notice=UUID(things.known["notice"]))]


def hand_in(things: Owned, who: Actor) -> list[Command]:
    report, barcode = uuid4(), things.known["other_barcode"]
    result = matching.LaboratoryReport(kind="result", laboratory_number="L-9", barcode=barcode, quality="ok")
    content = seal_content(result, str(report))
    return [matching.RecordLaboratoryReport(actor=who, laboratory_report=report, content=content)]


FOREIGN: list[tuple[str, str, Role, list[Step], str, Commands]] = [
    (
        "intake gives its institution consent to read another's report", "others", Role.INTAKE,
        [Step(f"POST {FILE}/consent", {"purpose": "share", "is_given": "yes", "recipient_institution": OTHER})],
        NOWHERE, set_consent,
    ),
    (
        "intake changes the number of another's family and marks it verified", "others", Role.INTAKE,
        [
            Step(
                f"POST {FILE}/contact",
                {"phone": NUMBER, "phone_verified": "yes", "how_verified": "document"},
            )
        ],
        NOWHERE, set_contact,
    ),
    (
        "intake closes a file that was shared with its institution", "named", Role.INTAKE,
        [act_at(f"{FILE}/withdraw")], "another institution's to change", withdraw,
    ),
    (
        "a call desk makes a PIN for another's family", "others", Role.CALL_DESK,
        [act_at("/staff/desk/caller/{permit}/verified"), act_at("/staff/desk/caller/{permit}/pin")],
        "", set_contact,
    ),
    (
        "a reviewer links two reports of another institution", "others", Role.LINK_REVIEWER,
        [act_at("/staff/links/{link:uuid}")], NOWHERE, decide_link,
    ),
    (
        "a case manager takes on another's family", "others", Role.CASE_MANAGER,
        [act_at(f"{FAMILY}/assign")], "There is no such family on the list any more.", take_on,
    ),
    (
        "outreach alters or calls off another's meeting", "others", Role.OUTREACH,
        [act_at(MEETING), act_at(f"{MEETING}/cancel")], NOWHERE, alter_and_cancel,
    ),
    (
        "outreach stops another's draft", "others", Role.OUTREACH,
        [Step(f"POST {NOTICE}/{{step}}", ids={"step": "=stop"})], NOWHERE, stop_notice,
    ),
    (
        "a laboratory hands in results of a sample that another one holds", "others", Role.LABORATORY,
        [act_at("/staff/laboratory")], "belongs to no sample in your institution's custody", hand_in,
    ),
]  # fmt: skip


def test_what_is_another_institutions_is_refused_by_page_and_by_its_owner(console: Console) -> None:
    people = {(stands, role): console.person(stands, role) for _, stands, role, *_ in FOREIGN}
    before = console.rows()
    for act, stands, role, steps, words, commands in FOREIGN:
        for step in steps:
            page = console.take(step, people[stands, role], console.things.known)
            assert words in said(page).replace("&#39;", "'"), (act, said(page))
        institution = {"named": NAMED, "others": OTHER}[stands]
        asked = commands(console.things, staff_of(institution, people[stands, role].account.staff))
        with suppress(ValidationError):  # most commands cannot even be made for a key
            asked += commands(console.things, key_of(institution))
        assert console.send(*asked) == [(command.kind, "not_yours") for command in asked], act
        assert console.rows() == before, act


def test_no_key_reads_or_changes_what_is_another_institutions(console: Console) -> None:
    for stands in ("named", "others"):
        known = console.things.known
        before = console.ask("own", "GET", f"/reports/{known['reference']}").json()
        report = {"person": {"names": [{"raw": "علي"}]}, "consent": {"keep": True, "share": [OTHER]}}
        result = {"kind": "result", "laboratory_number": "L-9", "barcode": known["other_barcode"], "quality": "ok"}
        told = console.ask(stands, "POST", "/laboratory-reports", json=result).json()
        console.rows()
        assert console.ask(stands, "GET", f"/laboratory-reports/{told['id']}").json()["state"] == "refused"
        # A report of its own that names another's reference and wants to share it changes nothing of the other's.
        taken = console.ask(stands, "POST", "/reports", json={**report, "earlier_references": [known["reference"]]})
        assert taken.status_code == 202
        console.rows()
        assert console.ask("own", "GET", f"/reports/{known['reference']}").json() == before
        assert console.ask("others", "GET", f"/reports/{known['reference']}").status_code == 404


def test_a_key_of_no_laboratory_hands_nothing_in(console: Console, config: Settings, client: TestClient) -> None:
    with connect(config) as db:
        key = add_api_key(db, OTHER, ("reports",))
    result = {"kind": "result", "laboratory_number": "L-9", "barcode": console.things.known["barcode"]}
    headers = {"authorization": f"Bearer {key}"}
    assert client.post("/api/v1/laboratory-reports", json=result, headers=headers).status_code == 403


def approve(console: Console, number: int = 1) -> Page:
    return console.take(act_at(f"{NOTICE}/{{step}}", step="=approve"), outreach_person(console, number), shown(console))


def outreach_person(console: Console, number: int = 0) -> Person:
    return console.person("own", Role.OUTREACH, number)


def shown(console: Console) -> dict[str, str]:
    """The ids, and the digests that the pages show now."""
    console.remember_digests()
    return console.things.known


def test_after_a_change_of_place_no_text_leaves_until_a_second_person_approves_the_words(console: Console) -> None:
    start = act_at(f"{NOTICE}/{{step}}", step="=start")
    assert "Approved, can be started" in said(approve(console))
    alone = outreach_person(console)
    notice, texts = UUID(console.things.known["notice"]), console.texts_to_families()
    assert "Done." in said(console.take(Step(f"POST {MEETING}", PLAN), alone, console.things.known))
    assert "A second person has to approve" in said(console.take(start, alone, console.things.known))
    asked = outreach.StartNotice(actor=staff_of(OWNER, alone.account.staff), notice=notice)
    assert console.send(asked) == [("start_notice", "not_approved")]
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', alone.get(f"/staff/notices/{notice}").text)
    own = outreach.ApproveNotice(actor=asked.actor, notice=notice, digest=digest[1] if digest else "0" * 64)
    assert console.send(own)[0][1] in {"same_person", "words_changed"}
    assert console.texts_to_families() == texts


def test_nobody_publishes_a_meeting_alone(console: Console, client: TestClient) -> None:
    alone, known = outreach_person(console), console.things.known
    plan = {**PLAN, "title.en": "Town meeting of all", "is_public": "yes"}
    assert "Done." in said(console.take(Step(f"POST {MEETING}", plan), alone, known))
    publish = act_at(f"{MEETING}/publish")
    assert "Another person has to approve" in said(console.take(publish, alone, shown(console)))
    meeting = UUID(known["meeting"])
    itself = outreach.ApprovePublication(
        actor=staff_of(OWNER, alone.account.staff), meeting=meeting, digest=known["digest_of_meeting"]
    )
    assert console.send(itself) == [("approve_publication", "same_person")]
    client.cookies.clear()
    assert "Town meeting of all" not in client.get("/en/meetings").text
    assert "Done." in said(console.take(publish, outreach_person(console, 1), known))
    client.cookies.clear()
    assert "Town meeting of all" in client.get("/en/meetings").text


def test_a_second_reviewer_reads_no_opinion_before_giving_one(console: Console) -> None:
    first, second = (console.person("own", Role.MATCH_REVIEWER, number) for number in (0, 1))
    step = act_at("/staff/matches/{permit}")
    assert "I compared the pedigree." in said(console.take(step, first, console.things.known))
    (look,) = [step for step in LOOKS if step.route == "GET /staff/matches/{permit}"]
    page = console.take(look, second, console.things.known)
    assert page.status_code == 200
    assert "I compared the pedigree." not in page.text
    assert first.account.email not in page.text
    assert "I compared the pedigree." in said(console.take(step, second, console.things.known))


def test_a_meeting_with_a_family_is_not_recorded_before_it_was(console: Console) -> None:
    in_two_hours = local_time(utc_now() + timedelta(hours=2), BAGHDAD)
    when = {"day": f"{in_two_hours:%Y-%m-%d}", "clock": f"{in_two_hours:%H:%M}"}
    form = act_at(f"{FAMILY}/meeting", contact_request="taken_on")
    manager, before = console.things.manager, console.rows()
    page = console.take(Step(form.route, {**form.fields, **when}, ids=form.ids), manager, console.things.known)
    assert "at a time to come" in said(page)
    request = UUID(console.things.known["taken_on"])
    account = matching.MeetingAccount(met_at=utc_now() + timedelta(hours=2), people_met="x")
    sealed = seal_content(account, str(request))
    asked = matching.RecordMeeting(
        actor=staff_of(OWNER, manager.account.staff), contact_request=request, account=sealed
    )
    assert console.send(asked) == [("record_meeting", "met_in_future")]
    assert console.rows() == before


def test_nobody_is_added_to_an_institution_that_is_not_there(
    console: Console, config: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = console.person("national", Role.NATIONAL_ADMIN)
    before = console.rows()
    form = {"email": "a@mgdd.example", "name": "A", "roles": "intake"}
    page = console.take(Step("POST /staff/people/invite", form, query="?institution=mgdd"), admin, {})
    assert page.status_code == 404
    monkeypatch.setattr("shared.settings.settings", lambda: config)
    result = CliRunner().invoke(app, ["staff", "add", "a@mgdd.example", "--institution", "mgdd", "--role", "intake"])
    assert result.exit_code == 1
    assert "there is no mgdd" in result.output
    assert console.rows() == before
