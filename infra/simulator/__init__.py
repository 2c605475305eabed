"""The carrier simulator: Twilio's wire format in front, a page of phones behind. Never in production."""
