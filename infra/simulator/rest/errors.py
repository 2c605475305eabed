"""Twilio's errors: a code, an HTTP status, and the JSON that its clients read."""

from starlette.responses import JSONResponse

MESSAGES: dict[int, tuple[int, str]] = {
    20003: (401, "Authenticate"),
    20006: (403, "Access Denied"),
    20404: (404, "The requested resource {0} was not found"),
    20009: (409, "Cannot change message because delivery has not been completed."),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20001: (400, "Unknown parameters: {0}"),
    21201: (400, "No 'To' number is specified"),
    21205: (400, "Url is not a valid URL: {0}"),
    21210: (400, "'From' phone number {0} is not one of this account's."),
    21211: (400, "The 'To' number {0} is not a valid phone number."),
    21212: (400, "The 'From' number {0} is not a valid phone number, shortcode, or alphanumeric sender ID."),
    21213: (400, "No 'From' number is specified"),
    21220: (400, "Invalid call state: the call is {0}"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (
        400,
        "The 'From' phone number {0} is not a valid, message-capable inbound phone number for this account.",
    ),
    21609: (400, "The 'StatusCallback' URL {0} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "The 'From' number has exceeded the maximum number of queued messages"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21624: (400, "Invalid validity period value"),
    21701: (400, "The Messaging Service {0} does not exist"),
}


class CarrierError(Exception):
    """A refusal of the API; `about` fills the message."""

    def __init__(self, code: int, about: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.status, message = MESSAGES[code]
        self.message = message.format(about)


def error_answer(error: CarrierError) -> JSONResponse:
    """The JSON answer to a refused request."""
    content = {
        "code": error.code,
        "message": error.message,
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
    return JSONResponse(content, error.status)
