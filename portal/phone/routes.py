"""The text and voice webhooks' routes."""

from starlette.routing import BaseRoute, Route

from portal.phone.calls import take_call
from portal.phone.deliveries import take_status
from portal.phone.texts import take_text

routes: list[BaseRoute] = [
    Route("/webhooks/twilio/sms", take_text, methods=["POST"]),
    Route("/webhooks/twilio/status", take_status, methods=["POST"]),
    Route("/webhooks/twilio/voice", take_call, methods=["POST"]),
]
