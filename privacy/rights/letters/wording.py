"""The words of a block as a template that can do nothing but print its own variables. Pure.

Words are Jinja2 with a list of what they may hold: text, a variable of the block, a
column of `each`, `if` on those, a comparison with a constant, and the filter `joined`.
Everything else (calls, attributes, imports, loops, other names) is refused when the
words are read, before anything is rendered; rendering is sandboxed besides. Values
are data: what stands in them is never read as a template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from privacy.errors import BadInput, Fault

EACH = "each"
JOINED = "joined"
LONGEST = 8_000
MAY_HOLD = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.If,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Compare,
    nodes.Operand,
    nodes.Const,
    nodes.Filter,
)


@lru_cache(maxsize=1)
def environment() -> ImmutableSandboxedEnvironment:
    """Nothing in it but the one filter; plain text, so nothing is escaped here."""
    made = ImmutableSandboxedEnvironment(
        autoescape=False,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.clear()
    made.tests.clear()
    made.filters.clear()
    made.filters[JOINED] = str
    return made


def check(where: str, words: str, usable: Iterable[str], columns: Iterable[str] | None) -> None:
    """BadInput, naming block and word, unless `words` use only what the block may.

    `columns`: those of `each`; empty for a plain list, None for a block without `each`.
    """
    if len(words) > LONGEST:
        raise _refused(where, f"is longer than {LONGEST} characters")
    try:
        tree = environment().parse(words)
    except TemplateSyntaxError as error:
        raise _refused(where, f"cannot be read: {error.message}") from None
    except RecursionError:
        raise _refused(where, "is nested too deeply") from None
    allowed = set(usable) | ({EACH} if columns is not None else set())
    for node in tree.find_all(nodes.Node):
        _check_node(where, node, allowed, set(columns or ()))


def _check_node(where: str, node: nodes.Node, allowed: set[str], columns: set[str]) -> None:
    if not isinstance(node, MAY_HOLD):
        raise _refused(where, f"holds {type(node).__name__.lower()}, which no words may")
    if isinstance(node, nodes.Name) and node.name not in allowed:
        raise _refused(where, f"uses {node.name}, which is none of its variables")
    if isinstance(node, nodes.Name) and node.ctx != "load":
        raise _refused(where, f"sets {node.name}")
    if isinstance(node, nodes.Getattr):
        inside = isinstance(node.node, nodes.Name) and node.node.name == EACH
        if not inside or node.attr not in columns:
            raise _refused(where, f"asks for .{node.attr}, which is no column of its rows")
    if isinstance(node, nodes.Filter) and (node.name != JOINED or node.args or node.kwargs):
        raise _refused(where, f"uses the filter {node.name}")
    if isinstance(node, nodes.Compare):
        plain = all(o.op in ("eq", "ne") and isinstance(o.expr, nodes.Const) for o in node.ops)
        if not plain:
            raise _refused(where, "compares with something else than a constant")


def always_printed(words: str) -> frozenset[str]:
    """Names that the words print whatever their conditions say.

    A variable counts as printed in an `if` that tests only that it is there.
    """
    try:
        return frozenset(_printed(environment().parse(words).body))
    except (TemplateSyntaxError, RecursionError):
        return frozenset()


def _printed(body: Iterable[nodes.Node]) -> set[str]:
    found: set[str] = set()
    for node in body:
        if isinstance(node, nodes.Output):
            inner = [part for part in node.nodes if not isinstance(part, nodes.TemplateData)]
            found.update(name.name for part in inner for name in _names(part))
        elif isinstance(node, nodes.If):
            branches = [node.body, *(each.body for each in node.elif_), node.else_]
            printed = [_printed(branch) for branch in branches]
            found |= set.intersection(*printed)
            if isinstance(node.test, nodes.Name) and node.test.name in printed[0]:
                found.add(node.test.name)
    return found


def _names(node: nodes.Node) -> Iterable[nodes.Name]:
    return [node] if isinstance(node, nodes.Name) else node.find_all(nodes.Name)


def rendered(
    where: str, words: str, values: Mapping[str, Any], joined: Callable[[Iterable[str]], str]
) -> str:
    """The words with their values. Fault where a value is missing: `check` came before."""
    try:
        made = _template(words).render({key: _Joinable.of(v, joined) for key, v in values.items()})
    except TemplateError:
        raise Fault(
            "The words of a letter need a value that they were not given; no letter was made.",
            what=where,
            next="Report this as a fault of ours.",
        ) from None
    return made.strip()


class _Joinable(tuple[str, ...]):
    """A list that `joined` prints as the language joins lists; nothing else prints it."""

    by: Callable[[Iterable[str]], str]

    @classmethod
    def of(cls, value: Any, joined: Callable[[Iterable[str]], str]) -> Any:
        if not isinstance(value, tuple):
            return value
        made = cls(value)
        made.by = joined
        return made

    def __str__(self) -> str:
        return self.by(self)


def _finalize(value: Any) -> Any:
    """What `{{ value }}` prints: text only, as the composer wrote it in the language."""
    if isinstance(value, str):
        return value
    raise Fault(
        "The words of a letter print what is no text; no letter was made.",
        what=type(value).__name__,
        next="Test it with {% if %}, or print a list with the filter joined.",
    )


@lru_cache(maxsize=4096)
def _template(words: str) -> Template:
    return environment().from_string(words)


def _refused(where: str, why: str) -> BadInput:
    return BadInput(
        f"The words of {where} cannot be used: the text {why}.",
        what=where,
        next="See docs/letters.md for what the words of a block may hold.",
    )
