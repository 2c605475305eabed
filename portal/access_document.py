"""The table of who may do what, for people: every page of the console and every operation of the API.

Roles and scopes come from the tables that the guards ask. Whose things a page reaches is what its owner decides under
the row's lock; said here in words, page by page.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from portal.accounts import Role
from portal.api.table import OPERATIONS
from portal.institution_kinds import ROLES, SCOPES
from portal.staff.access import ACCESS
from portal.staff.words import ROLES as NAMES

OWN_OR_CONSENT = "reports of the own institution, and those whose family lets it read; a coordinator reads all"
OWN = "the own institution's alone; no consent gives it"
NOTHING = "–"
WHOSE: Final[Mapping[str, tuple[str, str]]] = {
    "/staff/": ("itself", NOTHING),
    "/staff/reports": (OWN_OR_CONSENT, NOTHING),
    "/staff/reports/new": (NOTHING, "a new report of the own institution"),
    "/staff/reports/file/{permit}": (OWN_OR_CONSENT, NOTHING),
    "/staff/reports/file/{permit}/": (NOTHING, f"reports: {OWN}"),
    "/staff/reports/file/{permit}/photos": (OWN_OR_CONSENT, NOTHING),
    "/staff/reports/offered": ("what is offered to the own institution: no content", "offers to the own institution"),
    "/staff/reports/take-over": (NOTHING, "reports of closed institutions, with a reason"),
    "/staff/national-links": ("pairs whose sides may not read each other, opened with a reason", "those pairs"),
    "/staff/concerns-late": ("that an answer is late: no words", NOTHING),
    "/staff/links": (
        "pairs of which the own institution is responsible for one side and may read the other", "those pairs",
    ),
    "/staff/days": ("sites that the own institution runs", "those sites"),
    "/staff/samples": ("samples in the own institution's custody or from its sites", "samples that it holds"),
    "/staff/laboratory": (NOTHING, "results of samples that the own laboratory holds"),
    "/staff/matches": ("matches: a national role; others' opinions only after the own", "the own opinion"),
    "/staff/families": ("families of the own institution; the occasion for their contact person alone", "those"),
    "/staff/desk": (f"reports: {OWN}, after the caller is verified", f"reports: {OWN}"),
    "/staff/desk/concerns": ("what the own institution is to answer", "those answers"),
    "/staff/meetings": ("meetings of the own institution, and those whose partner it is", "the own institution's"),
    "/staff/notices": ("notices of those meetings", "the own; approval by a second person, a partner's too"),
    "/staff/operations": ("the system: nobody's content", "parked messages"),
    "/staff/audit": ("who looked at or changed what", NOTHING),
    "/staff/figures": ("rounded totals of the country", NOTHING),
    "/staff/people": ("the own institution's people; the national administrator all", "those, but never oneself"),
    "/staff/keys": ("the own institution's keys; the national administrator all", "those"),
    "/staff/institutions": ("all institutions", "all institutions"),
    "/staff/relations": ("own declared relatives", "own declared relatives"),
    "/staff/styleguide": ("examples", NOTHING),
}  # fmt: skip
"""What each page reads and changes, by the beginning of its path; the longest counts."""
HEAD: Final = """# Who may do what

Written by `sila access` from the tables that the guards ask; a test compares. Whoever lacks the role is turned away,
and it is on record. What one may not see answers as what does not exist. The part that owns a thing decides under the
row's lock (`docs/decisions/091-every-act-has-an-owner.md`), whichever way a command comes; the right columns say what
it decides. Whatever is about a report that a member has declared as a relative's does not exist for that member, on any
page.
"""


def document() -> str:
    """The document, in Markdown."""
    return "\n".join([HEAD, *_pages(), "", *_operations(), "", *_kinds(), ""])


def _pages() -> Iterator[str]:
    yield "## Pages of the console\n"
    yield "| page | roles | reads | changes |"
    yield "|---|---|---|---|"
    for path, roles in ACCESS.items():
        named = "everybody" if roles == frozenset(Role) else ", ".join(sorted(NAMES[role.value] for role in roles))
        reads, changes = whose(path)
        yield f"| `{path}` | {named} | {reads} | {changes} |"


def whose(path: str) -> tuple[str, str]:
    """What a page reads and changes."""
    return WHOSE[max((begin for begin in WHOSE if path.startswith(begin)), key=len)]


def _operations() -> Iterator[str]:
    yield "## Operations of the API\n"
    yield "An institution acts by a key. It reaches what its staff would: its own things, what families let it read.\n"
    yield "| operation | scope | what it does |"
    yield "|---|---|---|"
    for each in OPERATIONS:
        yield f"| `{each.method} {each.path}` | {each.scope or 'any key'} | {each.summary} |"


def _kinds() -> Iterator[str]:
    yield "## Kinds of institutions\n"
    yield "| kind | roles of its staff | scopes of its keys |"
    yield "|---|---|---|"
    for kind, roles in ROLES.items():
        scopes = ", ".join(sorted(SCOPES[kind])) or "none"
        yield f"| {kind.value} | {', '.join(sorted(NAMES[role.value] for role in roles))} | {scopes} |"
