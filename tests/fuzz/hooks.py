"""What schemathesis is told about this API: whole files to import, and what only the record can know to be wrong."""

import json

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, Response

from portal.api.openapi import BEYOND_THE_SCHEMAS
from tests.service.portal.api.institutions import a_whole_report

NAMES = st.text("ابتثجح خدذرزسABC abc'-", min_size=1, max_size=30)
CELLS = st.one_of(NAMES, st.text(max_size=12), st.sampled_from(["yes", "no", "١٩٨٥", "1985", "=1+1", ""]))
LINES = st.one_of(
    st.just(a_whole_report()), st.fixed_dictionaries({"person": st.none() | st.dictionaries(NAMES, NAMES)})
)


def _csv(rows: list[tuple[str, str, str]]) -> bytes:
    lines = ["name,birth_year,consent_keep"]
    lines += [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    return "\n".join(lines).encode("utf-8", "ignore")


def _json_lines(rows: list[object]) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


schemathesis.openapi.media_type("text/csv", st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=5).map(_csv))
for kind in ("application/x-ndjson", "application/jsonl"):
    schemathesis.openapi.media_type(kind, st.lists(LINES, min_size=1, max_size=4).map(_json_lines))


@schemathesis.check
def valid_data_is_taken(ctx: CheckContext, response: Response, case: Case) -> None:
    """What the schemas allow is taken, but for the rules that the document names beyond them."""
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive or response.status_code in {401, 403, 404, 409}:
        return
    if response.status_code == 422:
        wrong = {error["code"] for error in response.json()["errors"]} - set(BEYOND_THE_SCHEMAS)
        assert not wrong, f"Refused for {', '.join(sorted(wrong))}, of which the document says nothing"
        return
    assert response.status_code < 400, f"What the schemas allow was answered by {response.status_code}"


@schemathesis.check
def nothing_is_limited(ctx: CheckContext, response: Response, case: Case) -> None:
    """No limit on how often somebody may call hides what would come behind it."""
    assert response.status_code != 429, "429: are the limits raised?"
