"""From what families call their kin to who is whose parent."""

from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reports.pedigree import ParentOf, Pedigree, Through

MISSING, PERSON, SECOND = UUID(int=1), UUID(int=2), UUID(int=3)
RELATIONS = (
    "father mother son daughter brother sister husband wife half_brother half_sister grandfather grandmother grandson "
    "granddaughter paternal_uncle paternal_aunt maternal_uncle maternal_aunt nephew niece cousin in_law friend"
)


def a_pedigree(sex: str | None = "male") -> Pedigree:
    numbers = count(100)
    return Pedigree(MISSING, sex, lambda: UUID(int=next(numbers)))


def with_kin(relation: str, through: Through = None, sex: str | None = "male") -> Pedigree:
    pedigree = a_pedigree(sex)
    pedigree.add(PERSON, relation, "yes", through)
    return pedigree


def parents_of(pedigree: Pedigree, child: UUID) -> dict[str, UUID]:
    return {edge.parent_is: edge.parent for edge in pedigree.edges if edge.child == child}


def test_a_mother_is_a_mother() -> None:
    assert with_kin("mother").edges == [ParentOf(MISSING, PERSON, "mother", "yes")]


@pytest.mark.parametrize(("sex", "is_"), [("male", "father"), ("female", "mother"), (None, "unknown")])
def test_a_childs_parent_is_the_missing_person(sex: str | None, is_: str) -> None:
    assert with_kin("son", sex=sex).edges == [ParentOf(PERSON, MISSING, is_, "yes")]  # pyright: ignore


def test_a_brother_shares_both_parents_though_nobody_named_them() -> None:
    pedigree = with_kin("brother")
    assert parents_of(pedigree, PERSON) == parents_of(pedigree, MISSING)
    assert set(parents_of(pedigree, PERSON)) == {"father", "mother"}
    assert sorted(filter(None, pedigree.connecting.values())) == ["female", "male"]


def test_two_siblings_share_the_same_parents() -> None:
    pedigree = with_kin("brother")
    pedigree.add(SECOND, "sister")
    assert parents_of(pedigree, SECOND) == parents_of(pedigree, PERSON)
    assert len(pedigree.connecting) == 2


def test_a_half_sister_shares_the_parent_that_was_said() -> None:
    pedigree = with_kin("half_sister", "mother")
    assert set(parents_of(pedigree, PERSON)) == {"mother"}


@pytest.mark.parametrize("relation", ["half_brother", "cousin", "in_law", "friend", "grandfather"])
def test_labels_that_leave_the_way_open_stay_labels(relation: str) -> None:
    assert with_kin(relation).edges == []


def test_a_wife_is_a_partner_and_no_kin() -> None:
    pedigree = with_kin("wife")
    assert (pedigree.partners, pedigree.edges) == ([(MISSING, PERSON)], [])


def test_a_paternal_uncle_shares_the_fathers_parents() -> None:
    pedigree = with_kin("paternal_uncle")
    father = parents_of(pedigree, MISSING)["father"]
    assert parents_of(pedigree, PERSON) == parents_of(pedigree, father)


def test_an_adoptive_father_does_not_stand_between_kin() -> None:
    pedigree = a_pedigree()
    pedigree.add(PERSON, "father", "no")
    pedigree.add(SECOND, "brother")
    assert parents_of(pedigree, SECOND)["father"] != PERSON


def test_a_father_named_after_his_other_son_takes_the_unnamed_place() -> None:
    pedigree = with_kin("brother")
    father = pedigree.id_for("father")
    pedigree.add(father, "father", "yes")
    assert parents_of(pedigree, PERSON)["father"] == parents_of(pedigree, MISSING)["father"] == father
    assert father not in pedigree.connecting


@given(st.lists(st.tuples(st.sampled_from(RELATIONS.split()), st.sampled_from([None, "father", "mother", "both"]))))
def test_nobody_becomes_their_own_ancestor(told: list[tuple[str, Through]]) -> None:
    pedigree = a_pedigree()
    for number, (relation, through) in enumerate(told):
        identity = pedigree.id_for(relation)
        pedigree.add(identity if identity in pedigree.unnamed else UUID(int=1000 + number), relation, "yes", through)
    parents: dict[UUID, set[UUID]] = {}
    for edge in pedigree.edges:
        parents.setdefault(edge.child, set()).add(edge.parent)
    for person in parents:
        above, seen = set(parents[person]), set[UUID]()
        while above:
            one = above.pop()
            assert one != person
            if one not in seen:
                seen.add(one)
                above |= parents.get(one, set())
