"""`rightsdesk law`: facts in, answer out. Needs no desk and keeps nothing.

What a desk adds to the law (law_desk.py) is told beside it, and does need one.

`law call` ends with exit code 1 where the answer is deny. Facts come from a
file or, with `-`, from standard input: they hold a number, and arguments are
visible to every user of the machine.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import click

from privacy.cli import law_desk, law_rows
from privacy.cli.options import Common, common_options
from privacy.cli.showing import console, progress, show_document, table
from privacy.errors import AnswerIsNo, BadFacts, BadInput

LARGEST_BYTES = 64 * 1024 * 1024


@click.group()
def group() -> None:
    """Due dates, calls and conduct by the law packs: facts in, answer out."""


group.add_command(law_desk.own)
group.add_command(law_desk.emergency)
group.add_command(law_desk.closed_day, "closed-day")


def _facts_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--facts", required=True, metavar="FILE|-", help="JSON document of facts, - for stdin."
    )(function)


@group.command(epilog="Example: rightsdesk law call --facts facts.json --json")
@_facts_option
@click.option("--own", metavar="FILE", help="The organisation's own rules, which can only deny.")
@common_options
def call(common: Common, facts: str, own: str | None) -> int:
    """May this call be made, and when earliest?"""
    from privacy.law import calling, own_rules

    rules = own_rules.read_own(Path(own).name, read_file(own, "--own")) if own else None
    found = calling.answer(read_facts(facts), rules)
    _show(common, found, lambda: _show_call(found))
    return 0 if found["decision"] == "allow" else AnswerIsNo.exit_code


@group.command(epilog="Example: rightsdesk law conduct --facts records.json --json")
@_facts_option
@common_options
def conduct(common: Common, facts: str) -> None:
    """Did a campaign's calls keep the rules over a period?

    Calls are read one by one: a document longer than 64 MiB tells them last.
    """
    from privacy.law import conduct as law
    from privacy.law.conduct_rows import read_head

    with _opened(facts) as file, progress() as bar:
        head, rows = law_rows.conduct_rows(file, DECODER)
        task = bar.add_task("Calls", total=None)
        found = law.of_rows(read_head(head), bar.track(rows, task_id=task))
    columns = ("rule", "verdict", "lowest", "highest", "limit", "rows", "citation")
    _show(
        common,
        found,
        lambda: table("", columns, ([line[key] for key in columns] for line in found["rules"])),
    )


@group.command(epilog="Example: rightsdesk law deadline --facts request.json --json")
@_facts_option
@common_options
def deadline(common: Common, facts: str) -> None:
    """When is a request, a breach notice or a reply due?"""
    from privacy.law import deadlines

    found = {"schema": "rightsdesk.law_deadline/1", **deadlines.answer(read_facts(facts))}
    _show(common, found, lambda: _show_deadline(found))


@group.command(epilog="Example: rightsdesk law rules --jurisdiction US-CA --kind clock")
@click.option("--jurisdiction", metavar="J", help="A place or a law: US, US-TX, GB, EU, US_CA.")
@click.option("--on", metavar="DATE", help="Only rules in force on that day.")
@click.option("--kind", metavar="K", help="hours, consent, ...; clock; a request such as access.")
@common_options
def rules(common: Common, jurisdiction: str | None, on: str | None, kind: str | None) -> None:
    """Rules of calls and clocks of requests: citation, source, dates in force, verified or not."""
    from privacy.law import rule_list

    day = _day(on)
    found = rule_list.listed(jurisdiction, day, kind)
    for option, value, is_known in zip(
        ("--jurisdiction", "--kind"),
        (jurisdiction, kind),
        rule_list.known(jurisdiction, kind),
        strict=True,
    ):
        if value is not None and not is_known:
            raise BadInput(
                "No rule has this value.",
                what=option,
                next="Run `rightsdesk law rules` for all of them.",
            )
    document = {"schema": "rightsdesk.law_rules/1", "rules": found, **rule_list.packs()}
    columns = ("rule", "where", "kind", "citation", "from", "to", "verified", "source")
    _show(common, document, lambda: table("", columns, map(_rule_line, found), "No such rule."))


@group.command(epilog="Example: rightsdesk law check my-rules.toml")
@click.argument("file", metavar="FILE")
@common_options
def check(common: Common, file: str) -> int:
    """Is this file a sound pack of law, or sound own rules? Every fault with rule and field."""
    from privacy.law import pack_check

    found = pack_check.check(Path(file).name, read_file(file, "FILE"))
    if isinstance(found, str):
        raise BadInput(f"The file {found}", what="FILE", next="Write it as TOML in UTF-8.")
    faults = [
        {"file": one.file, "rule": one.rule, "field": one.field, "fault": one.why}
        for one in found.faults
    ]
    document = {
        "schema": "rightsdesk.law_check/1",
        "kind": found.kind,
        "rules": found.rules,
        "sound": not faults,
        "faults": faults,
    }
    said = f"Sound: {found.kind.replace('_', ' ')}, {found.rules} rules."
    columns = ("file", "rule", "field", "fault")
    _show(
        common,
        document,
        lambda: (
            table(f"{len(faults)} faults", columns, ([*one.values()] for one in faults))
            if faults
            else console().print(said)
        ),
    )
    return AnswerIsNo.exit_code if faults else 0


@group.command(epilog="Example: rightsdesk law diff old.toml new.toml --decisions facts.jsonl")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option(
    "--decisions", metavar="FILE", help="Stored facts, one JSON object a line: judged by both."
)
@click.option("--stored", is_flag=True, help="The desk's own decisions, judged by both; logged.")
@click.option("--since", metavar="DATE", help="With --stored: from this day on (UTC).")
@common_options
def diff(
    common: Common,
    before: str,
    after: str,
    decisions: str | None,
    stored: bool,
    since: str | None,
) -> None:
    """What changed from pack A to pack B, and what would be decided otherwise."""
    from privacy.law import differing
    from privacy.law.pack_schema import checked

    old, new = (checked(Path(file).name, read_file(file, "A or B")) for file in (before, after))
    found = differing.differences(old, new)
    if decisions:
        documents = _lines(read_file(decisions, "--decisions"))
        otherwise = differing.decided_otherwise(old, new, documents)
        found["decisions"] = {"judged": len(documents), "otherwise": otherwise}
    if since and not stored:
        raise BadInput(
            "A first day goes with the desk's own decisions.", what="--since", next="Add --stored."
        )
    if stored:
        _diff_stored(common, found, old, new, _day(since, "--since"))
    else:
        _show(common, found, lambda: _show_diff(found))


def _diff_stored(
    common: Common, found: dict[str, Any], old: Any, new: Any, since: date | None
) -> None:
    from privacy.cli.running import open_run
    from privacy.gateway.rejudging import rejudge

    start = None if since is None else datetime.combine(since, time(), UTC)
    with open_run(common) as run:
        found["stored"] = asdict(rejudge(run.desk, run.actor, old, new, start))
        run.answer(found, lambda: _show_diff(found))


def read_facts(place: str) -> dict[str, Any]:
    """The JSON document in a file or on standard input. Raises BadInput or BadFacts."""
    return _parsed(_bytes(place), "--facts")


def _lines(content: bytes) -> dict[int, dict[str, Any]]:
    """The documents of a file of lines by their numbers; empty lines hold none."""
    lines = enumerate(content.splitlines(), 1)
    return {number: _parsed(line, f"line {number}") for number, line in lines if line.strip()}


def _parsed(content: bytes, what: str) -> dict[str, Any]:
    try:
        document = DECODER.decode(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise BadInput(
            "The facts are no JSON document.", what=what, next="Give one JSON object in UTF-8."
        ) from None
    if not isinstance(document, dict):
        field = "" if what == "--facts" else what
        raise BadFacts("The facts are no object.", field=field, next="Give one JSON object.")
    return document


def _bytes(place: str) -> bytes:
    if place != "-":
        return read_file(place, "--facts")
    return _not_too_long(sys.stdin.buffer.read(LARGEST_BYTES + 1), "--facts")


def read_file(place: str, option: str) -> bytes:
    """A file's bytes. Raises BadInput naming the option."""
    try:
        with Path(place).open("rb") as file:
            return _not_too_long(file.read(LARGEST_BYTES + 1), option)
    except OSError:
        raise BadInput("The file cannot be read.", what=option, next="Check its path.") from None


@contextmanager
def _opened(place: str) -> Iterator[BinaryIO]:
    """The file, or standard input. Raises BadInput."""
    if place == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(place).open("rb") as file:
            yield file
    except OSError:
        raise BadInput("The file cannot be read.", what="--facts", next="Check its path.") from None


def _not_too_long(content: bytes, option: str) -> bytes:
    if len(content) > LARGEST_BYTES:
        raise BadInput("The file is too long.", what=option, next="Split it.")
    return content


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """One JSON object; a key told twice would hide a fact."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadFacts(
            "An object tells the same fact twice.", field="?", next="Tell each fact once."
        )
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError("no JSON number")


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)


def _day(text: str | None, option: str = "--on") -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise BadInput("That is not a date.", what=option, next="YYYY-MM-DD.") from None


def _show(common: Common, document: dict[str, Any], human: Callable[[], None]) -> None:
    if common.json:
        show_document(document)
    else:
        human()


def _rule_line(rule: dict[str, Any]) -> list[str]:
    where = ", ".join(rule["laws"] or rule["jurisdictions"])
    dates = (rule["effective_from"], rule["effective_to"] or "")
    return [
        rule["id"],
        where,
        rule["kind"],
        rule["citation"],
        *dates,
        rule["verification"],
        rule["source_url"],
    ]


def _show_call(found: dict[str, Any]) -> None:
    console().print(f"{found['decision']}: {found['deciding_rule']}")
    for key, local in found["local_times"].items():
        console().print(f"  {local} in {key}")
    if found["unknown"]:
        console().print(f"  not told: {', '.join(found['unknown'])}")
    if found["decision"] == "deny" and found["earliest_allowed"]:
        console().print(f"  allowed from {found['earliest_allowed']}")
    columns = ("id", "effect", "reason", "citation")
    table("", columns, ([rule[key] for key in columns] for rule in found["rules"]))
    duties = ([duty["rule"], duty["text"], duty["by_seconds"]] for duty in found["obligations"])
    table("Duties", ("rule", "duty", "within seconds"), duties)


def _show_deadline(found: dict[str, Any]) -> None:
    told = {key: value for key, value in found.items() if not isinstance(value, list | dict)}
    table("", ("what", "date"), told.items())
    steps = [[step.get("rule"), step.get("text"), step.get("date")] for step in found["steps"]]
    table("Steps", ("rule", "text", "date"), steps)


def _show_diff(found: dict[str, Any]) -> None:
    for what in ("added", "removed"):
        table(
            what.capitalize(), ("id", "citation"), ([r["id"], r["citation"]] for r in found[what])
        )
    fields = [[row["id"], *change.values()] for row in found["changed"] for change in row["fields"]]
    fields += [["", *change.values()] for change in found["tables"]]
    table("Changed", ("id", "field", "before", "after"), fields)
    if "decisions" in found:
        lines = (
            [row["line"], *(_briefly(row[when]) for when in ("before", "after"))]
            for row in found["decisions"]["otherwise"]
        )
        title = f"Decided otherwise, of {found['decisions']['judged']}"
        table(title, ("line", "before", "after"), lines)

    if "stored" in found:
        stored = found["stored"]
        title = (
            f"Decided otherwise, of {stored['judged']} stored ({stored['without_facts']} without"
            f" facts, {stored['restricted']} restricted)"
        )
        lines = (
            [row["decision_id"], *(_briefly(row[when]) for when in ("before", "after"))]
            for row in stored["otherwise"]
        )
        table(title, ("decision", "before", "after"), lines, "No stored decision changes.")


def _briefly(answer: dict[str, Any]) -> str:
    told = (value for value in answer.values() if value is not None)
    return ", ".join(str(value) for value in told if not isinstance(value, list))
