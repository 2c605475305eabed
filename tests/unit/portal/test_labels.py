"""Labels: three of one code in a row, the same each time they are printed, with nothing on them that names anybody."""

import re
from uuid import UUID

from portal.staff.samples import labels
from shared.messages.appointments import RecordCustody

SESSION, OTHER = UUID(int=1), UUID(int=2)


def test_a_sessions_codes_are_its_own_and_always_the_same() -> None:
    codes = labels.codes(SESSION, 80)

    assert codes == labels.codes(SESSION, 80)
    assert len(set(codes)) == 80
    assert not set(codes) & set(labels.codes(OTHER, 80))
    assert codes[0].endswith("-001")


def test_every_code_is_a_barcode_that_we_take() -> None:
    pattern = next(m.pattern for m in RecordCustody.model_fields["barcode"].metadata if hasattr(m, "pattern"))

    assert all(re.match(pattern, code) for code in labels.codes(SESSION, 400))


def test_a_sheet_has_eight_rows_a_page() -> None:
    printed = labels.sheet(SESSION, 17)

    assert printed.startswith(b"%PDF")
    assert b"/Count 3" in printed
