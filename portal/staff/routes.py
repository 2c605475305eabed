"""The staff console's routes."""

from starlette.routing import BaseRoute

routes: list[BaseRoute] = []
