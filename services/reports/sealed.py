"""What rests sealed in this part's tables, and what arrives sealed in messages."""

from typing import TypeVar

from pydantic import ValidationError

from shared.messages.model import Sealable, SealedContent, open_content
from shared.messaging.refusal import Unretryable
from shared.sealing import Purpose, keys

Content = TypeVar("Content", bound=Sealable)


def seal(text: str, about: object) -> str:
    """A text, sealed for this part and bound to what it is about."""
    return keys().seal(Purpose.REPORTS, text.encode(), str(about))


def seal_if(text: str | None, about: object) -> str | None:
    """The same where there is a text."""
    return None if text is None else seal(text, about)


def unseal(sealed: str, about: object) -> str:
    """What `seal` sealed. Raises CannotUnseal."""
    return keys().unseal(Purpose.REPORTS, sealed, str(about)).decode()


def seal_picture(picture: bytes, about: object) -> str:
    """A picture, sealed for this part and bound to what it is about."""
    return keys().seal(Purpose.REPORTS, picture, str(about))


def unseal_picture(sealed: str, about: object) -> bytes:
    """What `seal_picture` sealed. Raises CannotUnseal."""
    return keys().unseal(Purpose.REPORTS, sealed, str(about))


def identity_index(document: str, number: str) -> str:
    """The blind index of a document's number."""
    plain = "".join(letter for letter in number.casefold() if letter.isalnum())
    return keys().blind_index(Purpose.REPORTS, f"{document}:{plain}")


def opened(sealed: SealedContent, model: type[Content], about: object) -> Content:
    """A message's sealed content. Raises Unretryable where it is not the model's, CannotUnseal with a foreign key."""
    try:
        return open_content(sealed, model, str(about))
    except ValidationError as error:
        raise Unretryable("the content does not fit its model") from error
