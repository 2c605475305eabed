"""How the carrier behaves today: its pace, its opt-out, and the faults that tests ask for."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0, le=1)]
Status = Literal["queued", "sending", "sent", "delivered", "undelivered", "failed", "canceled"]
EVERY_STATUS: tuple[Status, ...] = (
    "queued",
    "sending",
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "canceled",
)


class Faults(BaseModel):
    """Probabilities of each fault at a call of the REST API, and a delay before every answer."""

    model_config = ConfigDict(extra="forbid")

    error_429: Probability = 0.0
    error_500: Probability = 0.0
    no_answer: Probability = 0.0
    accept_then_cut: Probability = 0.0
    accept_then_500: Probability = 0.0
    delay_ms: Annotated[float, Field(ge=0, le=120_000)] = 0.0


class Behaviour(BaseModel):
    """What a text goes through.

    `pace` stretches all delays; at 0 everything happens at once. `segments_per_s` is how quickly the sender's
    queue empties (0: at once), so that more than that waits, and expires.
    """

    model_config = ConfigDict(extra="forbid")

    pace: Annotated[float, Field(ge=0, le=1000)] = 1.0
    segments_per_s: Annotated[float, Field(ge=0, le=100_000)] = 0.0
    callbacks: bool = True
    callback_statuses: tuple[Status, ...] = EVERY_STATUS
    handles_opt_out: bool = False
    out_of_order: Probability = 0.03
    repeated: Probability = 0.02
    undelivered: Probability = 0.0
    without_receipt: Probability = 0.0
    rings_for_s: Annotated[float, Field(gt=0, le=600)] = 60.0
