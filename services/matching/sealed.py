"""What rests sealed in this part's tables: bound to its row, so that no sealed value can be moved to another."""

from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel

from shared.sealing import Purpose, keys

Content = TypeVar("Content", bound=BaseModel)


def seal_in(row: str, row_id: UUID | str, content: BaseModel) -> str:
    """A content sealed for the row that keeps it (`match`, an id)."""
    return keys().seal(Purpose.MATCHING, content.model_dump_json(exclude_none=True).encode(), f"{row}:{row_id}")


def open_from(row: str, row_id: UUID | str, model: type[Content], sealed: str) -> Content:
    """What `seal_in` sealed. Raises CannotUnseal."""
    return model.model_validate_json(keys().unseal(Purpose.MATCHING, sealed, f"{row}:{row_id}"))


def index_of(kind: str, value: str) -> str:
    """A blind index by which a sealed value (`remains`, a barcode) is found again."""
    return keys().blind_index(Purpose.MATCHING, f"{kind}:{value}")
