"""Answers that are the same whether or not there is such a report: whom a command names, and when it is answered."""

import hashlib
from uuid import UUID

from portal.limits import reference_index


def contact_of_none(reference: str) -> UUID:
    """The contact that stands for a report that is nowhere: always the same, and nobody's.

    So a command that names a contact can be sent, and its owner decides as it would of any other.
    """
    return UUID(bytes=hashlib.sha256(reference_index(reference).encode()).digest()[:16], version=4)
