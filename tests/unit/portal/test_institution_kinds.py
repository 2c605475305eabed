from hypothesis import given
from hypothesis import strategies as st

from portal.accounts import Role
from portal.institution_kinds import (
    NATIONAL_ROLES,
    ROLES,
    SCOPES,
    Kind,
    effective_roles,
    effective_scopes,
    roles_of,
    scopes_of,
)

kinds = st.lists(st.sampled_from([*Kind, "a kind of tomorrow"]))
roles = st.lists(st.sampled_from([*Role, "a role of yesterday"]))


def test_every_role_belongs_to_a_kind_and_every_kind_has_its_row() -> None:
    assert roles_of(Kind) == set(Role)
    assert set(ROLES) == set(SCOPES) == set(Kind)


def test_national_roles_belong_to_oversight_alone() -> None:
    elsewhere = roles_of(set(Kind) - {Kind.OVERSIGHT})
    assert not NATIONAL_ROLES & elsewhere
    wanted = {Role.COORDINATOR, Role.NATIONAL_LINK_REVIEWER, Role.NATIONAL_ADMIN, Role.OPERATOR, Role.AUDITOR}
    assert wanted == NATIONAL_ROLES


def test_laboratory_results_come_from_laboratories_alone() -> None:
    assert {kind for kind in Kind if "laboratory" in scopes_of([kind])} == {Kind.LABORATORY}
    assert {kind for kind in Kind if Role.LABORATORY in roles_of([kind])} == {Kind.LABORATORY}


@given(kinds=kinds, held=roles, scopes=st.lists(st.sampled_from(["reports", "laboratory", "everything"])))
def test_what_a_row_holds_never_gives_more_than_its_institutions_kinds(
    kinds: list[str], held: list[str], scopes: list[str]
) -> None:
    assert effective_roles(held, kinds) <= roles_of(kinds)
    assert effective_roles(held, kinds) <= set(held)
    assert all(isinstance(role, Role) for role in effective_roles(held, kinds))
    assert effective_scopes(scopes, kinds) <= scopes_of(kinds)


@given(kinds=kinds, more=kinds)
def test_another_kind_takes_nothing_away(kinds: list[str], more: list[str]) -> None:
    assert roles_of(kinds) <= roles_of([*kinds, *more])
