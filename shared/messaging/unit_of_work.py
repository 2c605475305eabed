"""The session that a rule is handed: what it publishes is written with its commit."""

from sqlalchemy import event
from sqlmodel import Session

from shared.messaging.outbox import write_and_commit


class UnitOfWork(Session):
    """A session whose published messages are written to the outbox at its commit."""


event.listen(UnitOfWork, "before_commit", write_and_commit)
