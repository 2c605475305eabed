"""TwiML is read as the carrier reads it, and replies to texts are found in it."""

import pytest
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Gather, VoiceResponse

from infra.simulator.texts.inbound import opt_out_type, read_replies
from infra.simulator.voice.twiml import TwimlError, read_twiml
from infra.simulator.webhooks.line import Answer


def test_the_official_builders_document_is_understood() -> None:
    response = VoiceResponse()
    gather = Gather(num_digits=12, action="/reference?lang=ckb", timeout=7, finish_on_key="#", hints="1,2")
    gather.say("ژمارەی ئاماژە", language="ckb")
    gather.play("/audio/reference.mp3")
    response.append(gather)
    response.redirect("/again", method="GET")

    gathered, redirect = read_twiml(str(response).encode())

    assert (gathered.name, gathered.number("numDigits", 0), gathered.number("timeout", 5)) == ("Gather", 12, 7)
    assert gathered.attributes["action"] == "/reference?lang=ckb"
    assert [(verb.name, verb.text) for verb in gathered.nested] == [
        ("Say", "ژمارەی ئاماژە"),
        ("Play", "/audio/reference.mp3"),
    ]
    assert (redirect.name, redirect.text, redirect.attributes["method"]) == ("Redirect", "/again", "GET")


@pytest.mark.parametrize("document", [b"", b"hello", b"<Response>", b"<html/>"])
def test_what_is_not_twiml_is_refused(document: bytes) -> None:
    with pytest.raises(TwimlError):
        read_twiml(document)


def test_every_message_is_a_reply() -> None:
    response = MessagingResponse()
    response.message("one").body("أهلا")
    response.message("two")
    document = str(response).encode()
    assert read_replies(Answer(200, document)) == ["أهلا", "two"]
    assert read_replies(Answer(500, document)) == []
    assert read_replies(Answer(200, b"")) == []
    assert read_replies(Answer(200, b"not XML")) == []
    assert read_replies(Answer(200, b"<Response/>")) == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [(" Stop ", "STOP"), ("cancel", "STOP"), ("START", "START"), ("help", "HELP"), ("STOP 1234", ""), ("قف", "")],
)
def test_the_carriers_own_words(body: str, kind: str) -> None:
    assert opt_out_type(body) == kind
