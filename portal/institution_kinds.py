"""The kinds of institutions, and what each kind bounds: the roles of its staff and the scopes of its API keys.

An institution may be of several kinds. The command line, the console, the log-in and the API all ask these tables. A
role or scope outside of its institution's kinds gives nothing, even where a row still holds it.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from portal.accounts import Role


class Kind(StrEnum):
    """What an institution is there for."""

    TAKES_REPORTS = "takes_reports"
    LABORATORY = "laboratory"
    OUTREACH_PARTNER = "outreach_partner"
    OVERSIGHT = "oversight"


class Scope(StrEnum):
    """What an API key may be used for."""

    REPORTS = "reports"
    LABORATORY = "laboratory"


ROLES: Final[Mapping[Kind, frozenset[Role]]] = {
    Kind.TAKES_REPORTS: frozenset(
        {
            Role.INTAKE,
            Role.LINK_REVIEWER,
            Role.SAMPLE_STAFF,
            Role.MATCH_REVIEWER,
            Role.CASE_MANAGER,
            Role.CALL_DESK,
            Role.INVESTIGATOR,
            Role.OUTREACH,
            Role.INSTITUTION_ADMIN,
        }
    ),
    Kind.LABORATORY: frozenset({Role.LABORATORY, Role.SAMPLE_STAFF, Role.MATCH_REVIEWER, Role.INSTITUTION_ADMIN}),
    Kind.OUTREACH_PARTNER: frozenset({Role.OUTREACH, Role.INSTITUTION_ADMIN}),
    Kind.OVERSIGHT: frozenset(
        {
            Role.COORDINATOR,
            Role.NATIONAL_LINK_REVIEWER,
            Role.NATIONAL_ADMIN,
            Role.OPERATOR,
            Role.AUDITOR,
            Role.CALL_DESK,  # it answers complaints about other institutions
            Role.INSTITUTION_ADMIN,
        }
    ),
}
SCOPES: Final[Mapping[Kind, frozenset[Scope]]] = {
    Kind.TAKES_REPORTS: frozenset({Scope.REPORTS}),
    Kind.LABORATORY: frozenset({Scope.LABORATORY}),
    Kind.OUTREACH_PARTNER: frozenset(),
    Kind.OVERSIGHT: frozenset(),
}
NATIONAL_ROLES: Final = ROLES[Kind.OVERSIGHT] - {Role.INSTITUTION_ADMIN, Role.CALL_DESK}
"""Roles that reach beyond the own institution: only a national administrator or the command line gives them."""


def roles_of(kinds: Iterable[str]) -> frozenset[Role]:
    """The roles that staff of an institution of these kinds may have. Unknown kinds give none."""
    return frozenset[Role]().union(*(ROLES[Kind(kind)] for kind in kinds if kind in ROLES))


def scopes_of(kinds: Iterable[str]) -> frozenset[Scope]:
    """The scopes that keys of an institution of these kinds may have. Unknown kinds give none."""
    return frozenset[Scope]().union(*(SCOPES[Kind(kind)] for kind in kinds if kind in SCOPES))


def effective_roles(roles: Iterable[str], kinds: Iterable[str]) -> frozenset[Role]:
    """Those of an account's roles that its institution's kinds allow."""
    held = set(roles)
    return frozenset(role for role in roles_of(kinds) if role in held)  # never the plain words of a row


def effective_scopes(scopes: Iterable[str], kinds: Iterable[str]) -> frozenset[Scope]:
    """Those of a key's scopes that its institution's kinds allow."""
    held = set(scopes)
    return frozenset(scope for scope in scopes_of(kinds) if scope in held)
