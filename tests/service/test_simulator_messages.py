"""The real Twilio client against a running simulator: create, fetch, list, redact, refuse."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.service.carrier_simulator import NUMBER, SERVICE, Simulator, running_simulator
from tests.waiting import eventually

PHONE = "+9647701234567"


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("simulator"), "http://127.0.0.1:9", "--pace", "0") as running:
        yield running


def refusal(simulator: Simulator, **order: object) -> TwilioRestException:
    with pytest.raises(TwilioRestException) as raised:
        simulator.client().messages.create(**{"to": PHONE, "from_": NUMBER, "body": "hello", **order})
    return raised.value


def test_a_text_is_created_with_every_field_of_the_resource(simulator: Simulator) -> None:
    text = simulator.client().messages.create(to=PHONE, from_=NUMBER, body="س" * 71)

    assert text.sid
    assert text.sid.startswith("SM")
    assert len(text.sid) == 34
    assert (text.status, text.direction, text.num_segments) == ("queued", "outbound-api", "2")
    assert (text.to, text.from_, text.body) == (PHONE, NUMBER, "س" * 71)
    assert text.date_created
    assert abs(text.date_created - datetime.now(UTC)) < timedelta(seconds=5)
    assert text.date_sent is None
    assert text.uri == f"/2010-04-01/Accounts/{text.account_sid}/Messages/{text.sid}.json"


def test_a_messaging_service_chooses_the_sender_later(simulator: Simulator) -> None:
    text = simulator.client().messages.create(to=PHONE, messaging_service_sid=SERVICE, body="hello")
    assert (text.status, text.from_, text.num_segments) == ("accepted", None, "0")

    fetched = eventually(lambda: delivered(simulator, str(text.sid)))
    assert (fetched.from_, fetched.num_segments, fetched.messaging_service_sid) == (NUMBER, "1", SERVICE)


def delivered(simulator: Simulator, sid: str):
    text = simulator.client().messages(sid).fetch()
    return text if text.status == "delivered" else None


def test_a_number_is_understood_as_people_write_it(simulator: Simulator) -> None:
    assert simulator.client().messages.create(to="+964 770 123 4567", from_=NUMBER, body="x").to == PHONE


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"to": "12"}, 21211),
        ({"to": ""}, 21604),
        ({"to": "+96417171234"}, 21614),
        ({"from_": "+15005550001"}, 21606),
        ({"from_": "a name far too long"}, 21212),
        ({"from_": ""}, 21603),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"status_callback": "nowhere"}, 21609),
        ({"validity_period": 36_001}, 21624),
        ({"from_": "", "messaging_service_sid": "MG" + "0" * 32}, 21701),
    ],
)
def test_an_order_that_is_wrong_is_refused_with_the_carriers_code(
    simulator: Simulator, order: dict[str, object], code: int
) -> None:
    error = refusal(simulator, **order)
    assert (error.status, error.code) == (400, code)


def test_wrong_credentials_are_401(simulator: Simulator) -> None:
    with pytest.raises(TwilioRestException) as raised:
        simulator.client("wrong").messages.create(to=PHONE, from_=NUMBER, body="hello")
    assert (raised.value.status, raised.value.code) == (401, 20003)


def test_an_unknown_text_is_404(simulator: Simulator) -> None:
    with pytest.raises(TwilioRestException) as raised:
        simulator.client().messages("SM" + "0" * 32).fetch()
    assert (raised.value.status, raised.value.code) == (404, 20404)


def test_the_list_of_one_phone_is_followed_page_by_page_newest_first(simulator: Simulator) -> None:
    client, phone = simulator.client(), "+9647711111111"
    sids = [client.messages.create(to=phone, from_=NUMBER, body=str(n)).sid for n in range(7)]

    listed = client.messages.list(to=phone, page_size=3)

    assert [text.sid for text in listed] == sids[::-1]


def test_the_list_filters_by_sender_and_by_time_sent(simulator: Simulator) -> None:
    client, phone = simulator.client(), "+9647722222222"
    sid = client.messages.create(to=phone, from_="SILA", body="named").sid
    client.messages.create(to=phone, from_=NUMBER, body="numbered")
    assert eventually(lambda: all(text["status"] == "delivered" for text in simulator.phone(phone)))
    now, minute = datetime.now(UTC), timedelta(minutes=1)

    assert [text.sid for text in client.messages.list(from_="SILA")] == [sid]
    assert len(client.messages.list(to=phone, date_sent_after=now - minute, date_sent_before=now + minute)) == 2
    assert client.messages.list(to=phone, date_sent_before=now - minute) == []
    assert client.messages.list(to=phone, date_sent_after=now + minute) == []
    assert len(client.messages.list(to=phone, date_sent=now.strftime("%Y-%m-%d"))) == 2


def test_a_phone_that_got_nothing_lists_nothing(simulator: Simulator) -> None:
    assert simulator.client().messages.list(to="+9647733333333") == []


def test_redaction_empties_the_record_and_not_the_phone(simulator: Simulator) -> None:
    phone = "+9647744444444"
    sid = str(simulator.client().messages.create(to=phone, from_=NUMBER, body="private").sid)
    assert eventually(lambda: delivered(simulator, sid))

    assert simulator.client().messages(sid).update(body="").body == ""
    assert simulator.client().messages(sid).fetch().body == ""
    assert [text["body"] for text in simulator.phone(phone)] == ["private"]


def test_a_deleted_text_is_gone_from_the_account(simulator: Simulator) -> None:
    phone = "+9647755555555"
    sid = str(simulator.client().messages.create(to=phone, from_=NUMBER, body="bye").sid)
    assert eventually(lambda: delivered(simulator, sid))

    assert simulator.client().messages(sid).delete() is True
    assert simulator.client().messages.list(to=phone) == []
