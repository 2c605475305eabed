"""A text and its contact come on two queues: also where neither sees the other, they find each other."""

from uuid import uuid4

from services.gateway import address_book
from shared.messages.reports import ContactChanged, ContactDetails
from shared.sealing import keys
from tests.service.gateway.builders import REFERENCE, Gateway, a_number


def test_a_text_and_its_contact_that_come_at_the_same_moment_find_each_other(gateway: Gateway) -> None:
    number, contact = a_number(), uuid4()
    phone, index = keys().seal_for_gateway(number), keys().phone_index(number)
    details = ContactDetails(contact=contact, phone=phone, phone_index=index, is_verified=True)
    with gateway.session() as db:
        address_book.keep_contact(db, ContactChanged(reference=REFERENCE, version=1, details=details))
        text = gateway.ask(contact)  # committed before the contact is, and looked for by it before that
        db.commit()
    assert gateway.text(text).phone_index is None

    sender = gateway.sender()
    sender.chores.do()
    sender.run_once()
    sender.finish()
    assert len(gateway.phone(number)) == 1


def test_a_number_that_changes_at_that_moment_gets_the_text_under_its_own_name(gateway: Gateway) -> None:
    """The phone that stopped its texts is the new one: the old one's index must not let the text through."""
    old, new = a_number(), a_number()
    contact = gateway.know(old)
    gateway.opt_out(new, confirmed_by_carrier=True)
    phone, index = keys().seal_for_gateway(new), keys().phone_index(new)
    details = ContactDetails(contact=contact, phone=phone, phone_index=index, is_verified=True)
    with gateway.session() as db:
        address_book.keep_contact(db, ContactChanged(reference=REFERENCE, version=2, details=details))
        text = gateway.ask(contact)
        db.commit()
    gateway.send()
    assert (gateway.text(text).phone_index, gateway.text(text).reason) == (index, "opted_out")
    assert gateway.phone(old) == gateway.phone(new) == []
