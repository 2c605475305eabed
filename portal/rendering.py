"""Turns templates into pages: one Jinja environment per language, its texts put in while a template compiles.

A page is rendered thousands of times a second, its texts change only with a release. So `_("…")` in a
template is replaced by its translation while compiling, and neighbouring texts and markup become one
constant. Translations are plain text and are escaped like any other value. A loop over what is the same on every page,
such as the languages, is written out in the same way.
"""

import re
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from copy import copy
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.visitor import NodeTransformer

from portal.languages import Language, date_in_words, grouped, local_time, weekday_and_date
from shared.phones import show_phone
from shared.references import show_reference

TEMPLATES = Path(__file__).parent / "templates"
STYLESHEET = Path(__file__).parent / "static" / "sila.css"

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class _Filling(NodeTransformer):
    """Puts translations and other constants in the place of the calls and names that stand for them."""

    def __init__(
        self, translate: Callable[[str], str], constants: Mapping[str, str], lists: Mapping[str, Sequence[object]]
    ) -> None:
        self.translate = translate
        self.constants = constants
        self.lists = lists

    def visit_For(self, node: nodes.For) -> nodes.Node | list[nodes.Node]:  # noqa: N802
        items = self.lists.get(node.iter.name) if isinstance(node.iter, nodes.Name) else None
        counts = any(name.name == "loop" for name in node.find_all(nodes.Name))
        if items is None or counts or not isinstance(node.target, nodes.Name):
            return self.generic_visit(node)
        written: list[nodes.Node] = []
        for item in items:
            about = _Item(node.target.name, item)
            if node.test is None or self.visit(about.visit(_copied(node.test))).as_const():
                written += [self.visit(about.visit(_copied(each))) for each in node.body]
        return written

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802
        if node.ctx == "load" and node.name in self.constants:
            return nodes.TemplateData(self.constants[node.name], lineno=node.lineno)
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        called = node.node
        if not (isinstance(called, nodes.Name) and called.name == "_"):
            return node
        message = node.args[0]
        if not isinstance(message, nodes.Const):
            return node
        values = {keyword.key: keyword.value for keyword in node.kwargs}
        return _sentence(self.translate(message.value), values, node.lineno)


class _Item(NodeTransformer):
    """Puts the attributes of one item of a list in the place of the expressions that ask for them."""

    def __init__(self, name: str, item: object) -> None:
        self.name, self.item = name, item

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802
        if isinstance(node.node, nodes.Name) and node.node.name == self.name:
            return nodes.Const(getattr(self.item, node.attr), lineno=node.lineno)
        return self.generic_visit(node)


def _copied(node: nodes.Node) -> nodes.Node:
    """A node of its own, with nodes of its own within it."""
    twin = copy(node)
    for name, value in node.iter_fields():
        if isinstance(value, list):
            setattr(twin, name, [_copied(each) if isinstance(each, nodes.Node) else each for each in value])
        elif isinstance(value, nodes.Node):
            setattr(twin, name, _copied(value))
    return twin


def _sentence(text: str, values: Mapping[str, nodes.Expr], lineno: int) -> nodes.Expr:
    """The expression for a text with placeholders `%(name)s`: its constant parts joined."""
    joined: list[nodes.Expr] = []
    for index, part in enumerate(_PLACEHOLDER.split(text)):
        value = values[part] if index % 2 else nodes.Const(part, lineno=lineno)
        before = joined[-1] if joined else None
        if isinstance(value, nodes.TemplateData):
            value = nodes.Const(value.data, lineno=lineno)
        if isinstance(value, nodes.Const) and isinstance(before, nodes.Const):
            joined[-1] = nodes.Const(before.value + value.value, lineno=lineno)
        else:
            joined.append(value)
    return joined[0] if len(joined) == 1 else nodes.Concat(joined, lineno=lineno)


class PageEnvironment(Environment):
    """A Jinja environment that speaks one language.

    `constants` are names whose text (trusted markup) is put in while compiling; `tables` are values that any
    template may use, of which tuples never change.
    """

    def __init__(self, language: Language, constants: Mapping[str, str], tables: Mapping[str, Any]) -> None:
        super().__init__(
            autoescape=True,
            auto_reload=False,
            cache_size=-1,
            undefined=StrictUndefined,
            loader=FileSystemLoader(TEMPLATES),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        lists = {name: table for name, table in tables.items() if isinstance(table, tuple)}
        self._filling = _Filling(language.translations.gettext, constants, lists)
        helpers: dict[str, Any] = {"ngettext": _counting(language), **tables}
        self.globals.update(helpers)
        self.filters.update(_filters(language))

    def make_globals(self, d: MutableMapping[str, Any] | None) -> dict[str, Any]:
        """A template's globals, in a plain dict: Jinja copies them for every page, and its chain of maps slowly."""
        return {**self.globals, **(d or {})}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return self._filling.visit(super()._parse(source, name, filename))


def _counting(language: Language) -> Callable[[str, str, int], str]:
    def ngettext(one: str, many: str, n: int) -> str:
        return language.translations.ngettext(one, many, n).replace("%(n)s", str(n))

    return ngettext


def _filters(language: Language) -> dict[str, Callable[..., Any]]:
    code = language.code

    def day(value: date) -> str:
        return date_in_words(value, code)

    def weekday(moment: datetime, zone: str) -> str:
        return weekday_and_date(local_time(moment, zone).date(), code)

    filters: tuple[Callable[..., str], ...] = (day, weekday, clock, grouped, phone)
    return {each.__name__: each for each in filters} | {"reference": show_reference}


def clock(moment: datetime, zone: str) -> str:
    """An aware moment as the clocks of a time zone show it, such as 14:05."""
    return f"{local_time(moment, zone):%H:%M}"


@lru_cache(maxsize=1024)
def phone(number: str) -> str:
    """A number in E.164 as people write it."""
    return show_phone(number)
