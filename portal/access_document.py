"""The table of who may do what, for people: every page of the console and every operation of the API.

Roles and scopes come from the tables that the guards ask. Whose things a page reaches is what its owner decides under
the row's lock; said here in words, page by page.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portal.accounts import Role
from portal.api.table import OPERATIONS
from portal.institution_kinds import ROLES, SCOPES
from portal.staff.access import ACCESS
from portal.staff.words import ROLES as NAMES

OWN_OR_CONSENT = "reports of the own institution, and those whose family lets it read; a coordinator reads all"
OWN_OR_CONSENT_BY_API = "reports of the own institution, and those whose family lets it read"
OWN = "the own institution's alone; no consent gives it"
NOTHING = "–"


class Reach(StrEnum):
    """How far somebody reaches into a thing."""

    NOTHING = "–"
    READS = "reads"
    APPROVES = "approves"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose things a page reaches: in words, and for each that its roles let in, how far.

    `own`: staff of the institution whose the thing is. `named`: of one that its family, or the owner of a meeting,
    named. `others`: of any other. `national`: in a role that reaches beyond the own institution. None of them is
    anything but nothing where a page is about no thing of anybody's.
    """

    reads: str
    changes: str
    own: Reach = Reach.NOTHING
    named: Reach = Reach.NOTHING
    others: Reach = Reach.NOTHING
    national: Reach = Reach.NOTHING


_FILE = Whose(OWN_OR_CONSENT, NOTHING, own=Reach.READS, named=Reach.READS, national=Reach.READS)
WHOSE: Final[Mapping[str, Whose]] = {
    "/staff/": Whose("itself", NOTHING),
    "/staff/reports": _FILE,
    "/staff/reports/new": Whose(NOTHING, "a new report of the own institution"),
    "/staff/reports/file/{permit}": _FILE,
    "/staff/reports/file/{permit}/": Whose(NOTHING, f"reports: {OWN}", own=Reach.CHANGES),
    "/staff/reports/file/{permit}/photos": _FILE,
    "/staff/reports/offered": Whose(
        "what is offered to the own institution: no content", "offers to the own institution", own=Reach.CHANGES
    ),
    "/staff/reports/take-over": Whose(NOTHING, "reports of closed institutions, with a reason", national=Reach.CHANGES),
    "/staff/national-links": Whose(
        "pairs whose sides may not read each other, opened with a reason", "those pairs", national=Reach.CHANGES
    ),
    "/staff/concerns-late": Whose("that an answer is late: no words", NOTHING, national=Reach.READS),
    "/staff/samples-without-report": Whose(
        "samples whose reference is nowhere: barcode, site, holder", NOTHING, national=Reach.READS
    ),
    "/staff/links": Whose(
        "pairs of which the own institution is responsible for one side and may read the other",
        "those pairs",
        own=Reach.CHANGES,
    ),
    "/staff/days": Whose("sites that the own institution runs", "those sites", own=Reach.CHANGES),
    "/staff/samples": Whose(
        "samples in the own institution's custody or from its sites", "samples that it holds", own=Reach.CHANGES
    ),
    "/staff/laboratory": Whose(NOTHING, "results of samples that the own laboratory holds", own=Reach.CHANGES),
    "/staff/matches": Whose(
        "matches: a national role; others' opinions only after the own",
        "the own opinion",
        own=Reach.CHANGES,
        named=Reach.CHANGES,
        others=Reach.CHANGES,
    ),
    "/staff/families": Whose(
        "families of the own institution; the occasion for their contact person alone", "those", own=Reach.CHANGES
    ),
    "/staff/desk": Whose(f"reports: {OWN}, after the caller is verified", f"reports: {OWN}", own=Reach.CHANGES),
    "/staff/desk/concerns": Whose("what the own institution is to answer", "those answers", own=Reach.CHANGES),
    "/staff/meetings": Whose(
        "meetings of the own institution, and those whose partner it is",
        "the own institution's",
        own=Reach.CHANGES,
        named=Reach.READS,
    ),
    "/staff/meetings/{meeting:uuid}/publish": Whose(
        NOTHING,
        "that it is listed in public: a second person, a partner's too",
        own=Reach.CHANGES,
        named=Reach.APPROVES,
    ),
    "/staff/notices": Whose(
        "notices of those meetings",
        "the own; approval by a second person, a partner's too",
        own=Reach.CHANGES,
        named=Reach.READS,
    ),
    "/staff/notices/{notice:uuid}/{step}": Whose(
        NOTHING, "the own; approval by a second person, a partner's too", own=Reach.CHANGES, named=Reach.APPROVES
    ),
    "/staff/operations": Whose("the system: nobody's content", "parked messages", national=Reach.CHANGES),
    "/staff/audit": Whose("who looked at or changed what", NOTHING, national=Reach.READS),
    "/staff/figures": Whose("rounded totals of the country", NOTHING, national=Reach.READS),
    "/staff/people": Whose(
        "the own institution's people; the national administrator all",
        "those, but never oneself",
        own=Reach.CHANGES,
        national=Reach.CHANGES,
    ),
    "/staff/keys": Whose(
        "the own institution's keys; the national administrator all",
        "those",
        own=Reach.CHANGES,
        national=Reach.CHANGES,
    ),
    "/staff/institutions": Whose("all institutions", "all institutions", national=Reach.CHANGES),
    "/staff/relations": Whose("own declared relatives", "own declared relatives"),
    "/staff/styleguide": Whose("examples", NOTHING),
}
"""What each page reads and changes, by the beginning of its path; the longest counts."""
WHOSE_BY_API: Final[Mapping[str, Whose]] = {
    "POST /reports": Whose(NOTHING, "a new report of the own institution"),
    "GET /reports/{reference}": Whose(OWN_OR_CONSENT_BY_API, NOTHING, own=Reach.READS, named=Reach.READS),
    "POST /reports/search": Whose(OWN_OR_CONSENT_BY_API, NOTHING, own=Reach.READS, named=Reach.READS),
    "POST /imports": Whose(NOTHING, "new reports of the own institution"),
    "GET /imports/{id}": Whose("imports of the own institution", NOTHING, own=Reach.READS),
    "POST /laboratory-reports": Whose(NOTHING, "results of samples that the own laboratory holds", own=Reach.CHANGES),
    "GET /laboratory-reports/{id}": Whose("what the own institution handed in", NOTHING, own=Reach.READS),
    "GET /sites": Whose("what is public", NOTHING),
    "GET /sessions": Whose("what is public", NOTHING),
    "GET /events": Whose(OWN_OR_CONSENT_BY_API, NOTHING, own=Reach.READS, named=Reach.READS),
    "GET /statistics": Whose("rounded totals of the country", NOTHING),
}
"""The same for the operations of the API."""
HEAD: Final = """# Who may do what

Written by `sila access` from the tables that the guards ask; a test compares. Whoever lacks the role is turned away,
and it is on record. What one may not see answers as what does not exist. The part that owns a thing decides under the
row's lock (`docs/decisions/091-every-act-has-an-owner.md`), whichever way a command comes; the right columns say what
it decides: for staff of the institution whose the thing is (own), of one that its family or the meeting's owner named
(named), of any other (others), and in a role that reaches beyond the own institution (national). Tests try each.
Whatever is about a report that a member has declared as a relative's does not exist for that member, on any page.
"""


def document() -> str:
    """The document, in Markdown."""
    return "\n".join([HEAD, *_pages(), "", *_operations(), "", *_kinds(), ""])


def _pages() -> Iterator[str]:
    yield "## Pages of the console\n"
    yield "| page | roles | reads | changes | own | named | others | national |"
    yield "|---|---|---|---|---|---|---|---|"
    for path, roles in ACCESS.items():
        named = "everybody" if roles == frozenset(Role) else ", ".join(sorted(NAMES[role.value] for role in roles))
        it = whose(path)
        reach = " | ".join((it.own, it.named, it.others, it.national))
        yield f"| `{path}` | {named} | {it.reads} | {it.changes} | {reach} |"


def whose(path: str) -> Whose:
    """What a page reads and changes."""
    return WHOSE[max((begin for begin in WHOSE if path.startswith(begin)), key=len)]


def _operations() -> Iterator[str]:
    yield "## Operations of the API\n"
    yield "An institution acts by a key. It reaches what its staff would: its own things, what families let it read.\n"
    yield "| operation | scope | what it does | reads | changes | own | named | others |"
    yield "|---|---|---|---|---|---|---|---|"
    for each in OPERATIONS:
        named = f"{each.method} {each.path}"
        it = WHOSE_BY_API[named]
        told = " | ".join((each.scope or "any key", each.summary, it.reads, it.changes, it.own, it.named, it.others))
        yield f"| `{named}` | {told} |"


def _kinds() -> Iterator[str]:
    yield "## Kinds of institutions\n"
    yield "| kind | roles of its staff | scopes of its keys |"
    yield "|---|---|---|"
    for kind, roles in ROLES.items():
        scopes = ", ".join(sorted(SCOPES[kind])) or "none"
        yield f"| {kind.value} | {', '.join(sorted(NAMES[role.value] for role in roles))} | {scopes} |"
