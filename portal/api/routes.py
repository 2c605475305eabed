"""The institutions' API's routes."""

from starlette.routing import BaseRoute

routes: list[BaseRoute] = []
