"""`make fuzz`: the API and the carrier's webhooks of a running system, by many generated requests."""
