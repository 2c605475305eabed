from uuid import uuid4

from shared.messaging.stories import bounds_of, new_message_id, story_of_text, telling


def test_a_message_that_answers_another_lies_within_its_story() -> None:
    story = uuid4()
    first, last = bounds_of(story)
    ids = {new_message_id(story) for _ in range(1000)}
    assert len(ids) == 1000
    assert all(first <= each <= last for each in ids)
    assert {each.variant for each in ids} == {uuid4().variant}
    assert {each.version for each in ids} == {4}


def test_answers_to_answers_stay_in_the_story() -> None:
    story = uuid4()
    answer = new_message_id(new_message_id(story))
    assert bounds_of(answer) == bounds_of(story)


def test_a_message_of_its_own_begins_a_story_of_its_own() -> None:
    assert bounds_of(new_message_id()) != bounds_of(new_message_id())


def test_what_is_told_of_a_carriers_text_is_found_by_its_id() -> None:
    story = story_of_text("SM" + "0" * 32)
    with telling(story):
        told = new_message_id()
    assert bounds_of(told) == bounds_of(story)
    assert bounds_of(new_message_id()) != bounds_of(story)
