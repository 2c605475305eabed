import pytest

from portal.forms import Form
from portal.staff.fields import Fields
from portal.staff.reports.report_form import report_in
from portal.staff.samples.laboratory import report_in as laboratory_report_in

LEAST = {"given": "علي", "consent_keep": "yes", "language": "ar", "channel": "sms", "detail": "neutral"}


def written(**state: str) -> Fields:
    return Fields(Form(list((LEAST | state).items())))


def test_one_name_and_the_consent_make_a_report() -> None:
    content = report_in(written(), set())
    assert content
    assert content.person.names[0].raw == "علي"
    assert content.consent.keep


def test_names_are_kept_whole_and_in_parts() -> None:
    content = report_in(written(father="حسين", grandfather="محمد", family="الجبوري", known_as="أبو زينب"), set())
    assert content
    official, known_as = content.person.names
    assert (official.raw, official.father, official.family) == ("علي حسين محمد الجبوري", "حسين", "الجبوري")
    assert (known_as.raw, known_as.kind) == ("أبو زينب", "known_as")


def test_the_desk_shares_only_with_institutions_that_are_there() -> None:
    fields = Fields(Form([*LEAST.items(), ("consent_share", "ihchr"), ("consent_share", "militia")]))
    assert report_in(fields, {"ihchr"}) is None
    assert list(fields.errors) == ["consent_share"]
    fields = written(consent_share="ihchr")
    content = report_in(fields, {"ihchr"})
    assert content
    assert content.consent.share == ["ihchr"]


def test_a_verified_number_needs_a_number() -> None:
    fields = written(phone_verified="yes")
    assert report_in(fields, set()) is None
    assert list(fields.errors) == ["phone"]


def laboratory(**state: str) -> Fields:
    return Fields(Form(list(({"laboratory_number": "L-1"} | state).items())))


def test_a_result_and_a_match_each_need_their_barcodes() -> None:
    result = laboratory_report_in(laboratory(kind="result", barcode="b-000001", quality="ok"))
    assert result
    assert (result.barcode, result.quality, result.donor_barcodes) == ("B-000001", "ok", [])
    match = laboratory_report_in(
        laboratory(kind="match", remains_barcode="bone-0001", donor_barcodes="b-000001 b-000002", posterior="0,9999")
    )
    assert match
    assert (match.donor_barcodes, match.posterior) == (["B-000001", "B-000002"], 0.9999)


@pytest.mark.parametrize(
    ("state", "at"),
    [
        ({"kind": ""}, {"kind", "donor_barcodes", "remains_barcode"}),
        ({"kind": "result"}, {"barcode"}),
        ({"kind": "match", "remains_barcode": "BONE-0001"}, {"donor_barcodes"}),
        ({"kind": "result", "barcode": "B-000001", "signed_day": "soon"}, {"signed_day", "signed_clock"}),
    ],
)
def test_what_a_laboratory_report_lacks_is_said(state: dict[str, str], at: set[str]) -> None:
    fields = laboratory(**state)
    assert laboratory_report_in(fields) is None
    assert set(fields.errors) & at
