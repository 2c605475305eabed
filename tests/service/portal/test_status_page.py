import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.testclient import TestClient

from portal.database import Database
from portal.files import OF_SESSION, FamilyFile, FilesOfSessions
from portal.projections import files, outreach
from shared.messages.gateway import OptOutChanged
from shared.messages.outreach import NoticeSent
from shared.sealing import keys
from shared.settings import Settings
from tests.service.portal.courier import Courier
from tests.service.portal.families import Families, a_file, eventually, field, log_in, received, without_token
from tests.service.portal.test_reporting import report


def test_the_page_shows_status_timeline_needs_and_meetings(client: TestClient, families: Families) -> None:
    families.meeting()
    families.meeting(is_public=False, title={"en": "Secret meeting"})
    families.meeting(governorate="IQ-BA", title={"en": "Far meeting"})
    family = families.one(
        status="samples_needed", steps=["received", "registered", "samples_needed"], needs=["first_sample"]
    )
    page = log_in(client, families, family).text
    assert page.index("Relatives&#39; samples needed") < page.rindex("Registered") < page.rindex("Received")
    assert "A reference sample from close relatives" in page
    assert "Public meeting" in page
    assert "Secret meeting" not in page
    assert "Far meeting" not in page


def from_the_database(config: Settings, read: Callable[[Database], Awaitable[Any]]) -> Any:
    async def reading() -> Any:
        database = Database(config)
        await database.open()
        try:
            return await read(database)
        finally:
            await database.close()

    return asyncio.run(reading())


def test_a_file_has_the_columns_of_its_read_in_their_order(
    client: TestClient, families: Families, config: Settings
) -> None:
    log_in(client, families, families.one())
    tokens = [row[0] for row in families.run("SELECT token_digest FROM family_session")]
    row = from_the_database(config, lambda database: database.one(OF_SESSION, {"tokens": tokens, "idle_s": 600}))
    assert tuple(row) == FamilyFile._fields


def test_files_that_are_read_together_go_each_to_its_session(
    client: TestClient, families: Families, config: Settings
) -> None:
    some = [families.one(phone=f"+96477012345{n}{n}") for n in range(5)]
    for family in some:
        log_in(client, families, family)
    sessions = dict(families.run("SELECT token_digest, reference FROM family_session"))
    asked = [*sessions, b"of nobody", *sessions]

    async def read(database: Database) -> list[FamilyFile | None]:
        files = FilesOfSessions(database, config)
        return await asyncio.gather(*(files.by(token) for token in asked))

    files = from_the_database(config, read)
    assert [file and file.reference for file in files] == [sessions.get(token) for token in asked]
    assert len(sessions) == len(some)


def test_an_older_state_never_overwrites_a_newer_one(client: TestClient, families: Families) -> None:
    family = families.one(status="registered")
    families.tell(files.keep_file, a_file(family, version=9, status="search_continues"))
    families.tell(files.keep_file, a_file(family, version=8, status="samples_needed"))
    assert "The search continues" in log_in(client, families, family).text


def test_two_files_of_one_case_know_nothing_of_each_other(client: TestClient, families: Families) -> None:
    wife, brother = families.one(), families.one(phone="+9647707654321")
    before = log_in(client, families, brother).text
    families.tell(files.keep_file, a_file(wife, version=5, status="with_your_contact_person"))
    again = client.get("/en/status").text
    assert without_token(again) == without_token(before)


def test_a_page_is_stored_nowhere_and_framed_nowhere(client: TestClient, families: Families) -> None:
    page = log_in(client, families, families.one())
    assert page.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    cookie = client.get("/en/status", headers={"cookie": ""}).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite" in cookie


def test_wishes_are_told_to_the_record_and_shown(client: TestClient, families: Families, courier: Courier) -> None:
    assert report(client, "en", phone="0770 123 4567").status_code == 200
    assert eventually(lambda: families.run("SELECT 1 FROM family_file"))
    page = client.get("/en/report/received")
    client.post("/en/report/confirm", data={"csrf": field(page.text, "csrf"), "code": families.last_code()})
    shown = client.get("/en/status/preferences")
    wishes = {"language": "ckb", "channel": "call", "detail": "detailed", "csrf": field(shown.text, "csrf")}
    saved = client.post("/en/status/preferences", data=wishes)
    assert "Your wishes are saved." in saved.text
    assert families.run("SELECT language, channel, detail FROM family_file") == [("ckb", "call", "detailed")]
    stopped = client.post("/en/status/preferences", data=wishes | {"stop": "yes"})
    assert "You get no messages from us." in stopped.text


def test_wishes_that_do_not_exist_are_refused(client: TestClient, families: Families) -> None:
    log_in(client, families, families.one())
    shown = client.get("/en/status/preferences")
    wishes = {"language": "xx", "channel": "pigeon", "detail": "all", "csrf": field(shown.text, "csrf")}
    assert client.post("/en/status/preferences", data=wishes).status_code == 422


def test_texts_that_were_stopped_by_text_start_again_from_the_page(client: TestClient, families: Families) -> None:
    family = families.one()
    stopped = OptOutChanged(phone_index=keys().phone_index(family.phone), version=1, is_stopped=True)
    families.tell(outreach.keep_opt_out, stopped)
    assert "You get no messages from us." in log_in(client, families, family).text
    shown = client.get("/en/status/preferences")
    wishes = {"language": "ar", "channel": "sms", "detail": "neutral", "csrf": field(shown.text, "csrf")}
    client.post("/en/status/preferences", data=wishes)
    assert len(families.run("SELECT 1 FROM outbox WHERE routing_key = 'gateway.opt_in.urgent'")) == 1


def test_a_new_pin_is_shown_once_and_lets_the_family_in(client: TestClient, families: Families) -> None:
    family = families.one()
    page = log_in(client, families, family)
    shown = client.post("/en/status/pin", data={"csrf": field(page.text, "csrf")})
    pin = shown.text.split('class="pin"')[1].split(">")[1].split("<")[0]
    client.post("/en/status/end", data={"csrf": field(page.text, "csrf")})
    asked = client.post("/en/status", data={"csrf": field(page.text, "csrf"), "reference": family.reference})
    entered = client.post("/en/status/enter", data={"csrf": field(asked.text, "csrf"), "pin": pin})
    assert entered.url.path == "/en/status"
    assert families.run("SELECT 1 FROM pin WHERE pin_hash LIKE :pin", pin=f"%{pin}%") == []


def test_a_family_answers_a_meeting_that_it_was_told_of(client: TestClient, families: Families) -> None:
    meeting, family = families.meeting(), families.one()
    log_in(client, families, family)
    assert "Will you come?" not in client.get(f"/en/meetings/{meeting}").text
    sent = NoticeSent(notice=meeting, meeting=meeting, contacts=[family.contact])
    families.tell(outreach.note_questions, sent)
    page = client.get(f"/en/meetings/{meeting}").text
    assert "Will you come?" in page
    client.post(f"/en/meetings/{meeting}/reply", data={"csrf": field(page, "csrf"), "reply": "yes"})
    assert len(families.run("SELECT 1 FROM outbox WHERE routing_key = 'outreach.record_reply'")) == 1


def test_an_older_notice_does_not_become_the_last_question(families: Families) -> None:
    family, meeting = families.one(), families.meeting()
    newer, older = (NoticeSent(notice=meeting, meeting=m, contacts=[family.contact]) for m in (meeting, None))
    second = received(older)
    families.tell(outreach.note_questions, newer)
    families.run("UPDATE last_question SET asked_at = asked_at + interval '1 minute'")
    families.tell(outreach.note_questions, second)
    assert families.run("SELECT meeting FROM last_question") == [(meeting,)]


def test_an_open_page_cannot_make_us_text_a_family_without_end(client: TestClient, families: Families) -> None:
    page = log_in(client, families, families.one())
    asked = {"csrf": field(page.text, "csrf")}
    answers = [client.post("/en/status/pin", data=asked).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]
