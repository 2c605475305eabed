"""The text and voice webhooks' routes."""

from starlette.routing import BaseRoute

routes: list[BaseRoute] = []
