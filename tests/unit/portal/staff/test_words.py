import importlib
import pkgutil
from collections.abc import Iterator

import services
from portal.accounts import Role
from portal.staff import words
from portal.staff.access import ACCESS
from services.matching.call_desk import WHAT_TO_DO
from shared.messages.model import Command
from shared.messages.subscriptions import OWNERS
from shared.messaging.refusal import Refusal


def reasons() -> Iterator[str]:
    """The reason of every refusal that a rule can give."""
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if not module.name.endswith((".env", "versions")) and ".migrations" not in module.name:
            importlib.import_module(module.name)
    for refusal in Refusal.__subclasses__():
        if refusal.__module__.startswith("services."):
            yield refusal.reason


def test_every_refusal_is_said_in_plain_words() -> None:
    unsaid = {reason for reason in reasons() if reason not in words.REFUSALS}
    assert unsaid == set()


def test_an_unforeseen_refusal_still_says_that_nothing_was_changed() -> None:
    assert "nothing was changed" in words.refusal("set_status", "something_new")


def test_every_command_that_is_said_to_be_done_is_one() -> None:
    known = {m.kind for models in OWNERS.values() for m in models if issubclass(m, Command) and not m.is_internal}
    assert set(words.DONE) <= known


def test_every_place_is_in_the_table_of_roles() -> None:
    assert {place.path for place in words.PLACES} <= set(ACCESS)


def test_every_role_has_a_name_and_every_thing_to_do_its_words() -> None:
    assert set(words.ROLES) == {role.value for role in Role}
    assert set(WHAT_TO_DO.values()) <= set(words.WHAT_TO_DO)


def test_what_the_call_desk_reads_names_no_occasion() -> None:
    said = " ".join(" ".join(pair) for pair in words.WHAT_TO_DO.values()).lower()
    assert not {"match", "dna", "remains", "identif", "result", "grave"} & set(said.split())
