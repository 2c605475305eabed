"""Free words of families, as they rest at the portal: sealed under its own key, bound to what they are about."""

from typing import TypeVar

from pydantic import BaseModel

from shared.messages.model import Sealable, SealedContent, open_content
from shared.sealing import Purpose, keys

Content = TypeVar("Content", bound=BaseModel)


def sealed(content: BaseModel, about: str) -> str:
    """Content, sealed for the portal."""
    return keys().seal(Purpose.PORTAL, content.model_dump_json(exclude_none=True).encode(), about)


def unsealed(written: str, model: type[Content], about: str) -> Content:
    """What `sealed` sealed. Raises CannotUnseal, and ValidationError where it is not the model's."""
    return model.model_validate_json(keys().unseal(Purpose.PORTAL, written, about))


def resealed(content: SealedContent, model: type[Sealable], about: str, kept_as: str) -> str:
    """Content out of a message about something, sealed for the portal under the name by which it is kept."""
    return sealed(open_content(content, model, about), kept_as)
