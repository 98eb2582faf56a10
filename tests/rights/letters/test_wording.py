"""Words can print and nothing else; values are data, whatever stands in them."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import BadInput, Fault
from privacy.rights import mail_message
from privacy.rights.letters import wording
from privacy.rights.letters.mailing import mail
from privacy.rights.letters.words import words_of
from privacy.terms import Language
from tests.rights.letters.letters import PACK, full_facts, made

USABLE = ("reason", "due_on", "names")
REFUSED = {
    "a name that is not listed": "{{ person_name }}",
    "an attribute": "{{ reason.__class__ }}",
    "an item": "{{ reason['__class__'] }}",
    "a call": "{{ reason.upper() }}",
    "a global": "{{ range(9) }}",
    "a call of a global": "{{ lipsum() }}",
    "self": "{{ self }}",
    "an import": "{% import 'parts.html' as parts %}",
    "an include": "{% include 'report.css' %}",
    "an extends": "{% extends 'base.html' %}",
    "a loop": "{% for n in names %}{{ n }}{% endfor %}",
    "a set": "{% set reason = 1 %}",
    "a macro": "{% macro m() %}x{% endmacro %}",
    "a filter that is not listed": "{{ reason | upper }}",
    "a filter that takes code": "{{ names | map(attribute='__class__') }}",
    "the filter joined with an argument": "{{ names | joined(1) }}",
    "a filter block": "{% filter upper %}x{% endfilter %}",
    "a test that is not listed": "{{ reason is defined }}",
    "arithmetic": "{{ 7 * 7 }}",
    "a concatenation": "{{ reason ~ reason }}",
    "a comparison with a variable": "{% if reason == due_on %}x{% endif %}",
    "an order": "{% if due_on > 3 %}x{% endif %}",
    "a list": "{{ [reason] }}",
    "a dictionary": "{{ {'a': reason} }}",
    "an expression with if": "{{ reason if reason else '' }}",
    "a row where there is none": "{{ each.name }}",
    "a block": "{% block content %}x{% endblock %}",
    "a call block": "{% call reason() %}x{% endcall %}",
    "an open brace": "{{ reason",
    "an unknown tag": "{% debug %}",
    "too much": "x" * (wording.LONGEST + 1),
    "nested without end": "{% if reason %}" * 400,
}
HOSTILE = (
    "{{ 7*7 }}{% for x in y %}",
    "<script>alert(1)</script><img src=x onerror=y>",
    "</p><style>p{display:none}</style>",
    "a\r\nBcc: everybody@example.com",
    "a\u2028b\u2029c",
    "\u202eevil\u202c \u2066x\u2069 \u200f\u061c",
    "\x00\x07\x1b[31mred",
    "=?utf-8?q?x=0D=0ABcc=3A?=",
    "${jndi:ldap://x} %(x)s {0}",
)


@pytest.mark.parametrize("what", REFUSED)
def test_words_that_do_more_than_print_are_refused_when_they_are_read(what: str) -> None:
    with pytest.raises(BadInput) as refused:
        wording.check("block.x", REFUSED[what], USABLE, None)
    assert refused.value.what == "block.x"


def test_a_refusal_names_block_and_variable() -> None:
    with pytest.raises(BadInput, match=r"block\.x .* uses secret"):
        wording.check("block.x", "{{ secret }}", USABLE, None)
    with pytest.raises(BadInput, match=r"asks for \.phone"):
        wording.check("block.x", "{{ each.phone }}", USABLE, ("name",))


def test_what_words_may_hold_is_let_through() -> None:
    wording.check(
        "block.x",
        "{% if reason == 'a' and not due_on %}{{ reason }}{% elif names %}{{ names | joined }}"
        "{% else %}{{ each.name }}{% endif %}",
        USABLE,
        ("name",),
    )


@given(st.text(alphabet=string.printable + "{}%|.'\"_\u202e", max_size=80))
def test_any_words_are_taken_or_refused_and_taken_ones_print_only_their_values(words: str) -> None:
    try:
        wording.check("block.x", words, USABLE, None)
    except BadInput:
        return
    values = {"reason": "R", "due_on": "D", "names": ("a", "b")}
    try:
        wording.rendered("block.x", words, values, ", ".join)
    except Fault:
        assert "names" in words or "{{" in words


@given(st.text(max_size=60))
def test_a_value_is_printed_as_it_is_and_never_read_as_words(value: str) -> None:
    printed = wording.rendered("block.x", "[{{ reason }}]", {"reason": value}, ", ".join)
    assert printed == f"[{value}]"


def test_printing_a_list_without_joining_it_is_a_fault() -> None:
    with pytest.raises(Fault):
        wording.rendered("block.x", "{{ names }}", {"names": ("a",)}, ", ".join)


def test_a_value_that_no_branch_prints_is_known() -> None:
    def printed(words: str) -> frozenset[str]:
        return wording.always_printed(words)

    assert printed("{{ a }}{% if b %}{{ c }}{% endif %}") == {"a"}
    assert printed("{% if b %}{{ a }}{% else %}{{ a }} {{ b }}{% endif %}") == {"a"}
    assert printed("{% if a %}{{ a }}{% endif %}") == {"a"}
    assert printed("{{ names | joined }}{# {{ a }} #}") == {"names"}


def used_by(name: str) -> tuple[str, str] | None:
    """A letter and a law in which that variable may stand."""
    for row in PACK.rows:
        if any(name in PACK.blocks[block].usable for block in row.blocks):
            return row.kind, {"US_*": "US_VA", "*": "BR_LGPD"}.get(row.law, row.law)
    return None


# Every field that holds text of others: lines, prose, members of lists, columns of rows.
FIELDS = [
    name
    for name, variable in PACK.variables.items()
    if variable.type in ("text", "prose", "list", "rows") and not variable.codes and used_by(name)
]


def hostile(name: str, value: str, before: Any) -> Any:
    """The variable's value with `value` in each place that takes text."""
    variable = PACK.variables[name]
    if variable.type == "list":
        return (value, value)
    if variable.type == "rows":
        texts = {column for column, kind in variable.columns if kind == "text"}
        return tuple({**row, **dict.fromkeys(texts & set(row), value)} for row in before)
    return value


@pytest.mark.parametrize("name", FIELDS)
def test_nothing_that_stands_in_a_field_gets_out_of_it(name: str) -> None:
    kind, law = used_by(name) or ("", "")
    facts = full_facts(law, Language.ENGLISH)
    for value in HOSTILE:
        text = made(kind, law, Language.ENGLISH, {**facts, name: hostile(name, value, facts[name])})
        lines = [text.subject, text.reference, text.sender]
        lines += [line for part in text.paragraphs for line in part.texts]
        whole = "\n".join(lines)
        assert all(character.isprintable() or character == "\n" for character in whole)
        assert "\n" not in text.subject + text.reference
        if PACK.variables[name].type != "prose":
            assert not any(line.startswith("Bcc") for line in whole.split("\n"))
        mail_message.check("kim@example.com", mail(text, words_of(Language.ENGLISH)))


def test_a_template_in_a_value_is_printed_letter_by_letter() -> None:
    facts = {**full_facts("EU_GDPR", Language.ENGLISH), "extension_reason": "{{ 7*7 }} {% raw %}"}
    said = made("extension", "EU_GDPR", Language.ENGLISH, facts).mail()
    assert "{{ 7*7 }} {% raw %}" in " ".join(said.split())


@given(st.text(max_size=200))
def test_visible_text_holds_no_sign_that_cannot_be_seen(value: str) -> None:
    from privacy.rights.letters import visible

    line = visible.line(value)
    assert "\n" not in line
    assert all(c.isprintable() or c in visible.JOINERS for c in line)
    assert visible.line(line) == line
    prose = visible.prose(value)
    assert all(c.isprintable() or c in visible.JOINERS + "\n" for c in prose)
    assert "\n\n\n" not in prose
