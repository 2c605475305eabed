"""The text and voice webhooks' routes, and the recordings that calls play."""

from starlette.routing import BaseRoute, Route

from portal.phone.deliveries import take_status
from portal.phone.texts import take_text
from portal.phone.voice.recordings import play
from portal.phone.voice.steps import take_call

routes: list[BaseRoute] = [
    Route("/webhooks/twilio/sms", take_text, methods=["POST"]),
    Route("/webhooks/twilio/status", take_status, methods=["POST"]),
    Route("/webhooks/twilio/voice", take_call, methods=["POST"]),
    Route("/voice/{lang}/{prompt}.wav", play),
]
