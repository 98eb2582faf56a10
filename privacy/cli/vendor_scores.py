"""`rightsdesk vendor score`, `compare`, `history`, `event`, `due`: may we use them, and why."""

from __future__ import annotations

from typing import Any

import click

from privacy.actors import Act
from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, table, visible
from privacy.cli.vendor_answers import VENDOR, _pairs, _said
from privacy.errors import BadInput
from privacy.vendors import assessing, questionnaires, reassessing, store
from privacy.vendors.answers import typed


@click.command(epilog="Example: rightsdesk vendor score vd-… --what-if hours-01=stricter_of_both")
@VENDOR
@click.option("--what-if", "supposed", multiple=True, metavar="Q=ANSWER", help="Stores nothing.")
@click.option("--with-evidence", "backed", multiple=True, metavar="Q", help="As if it had some.")
@click.option("--without-finding", "disproved", multiple=True, metavar="KIND", help="As if mended.")
@click.option("--scoring", metavar="ID", help="One of the history, as it was.")
@click.option(
    "--all", "everything", is_flag=True, help="Every question, not only what lost points."
)
@common_options
def score(
    common: Common,
    vendor_id: str,
    supposed: tuple[str, ...],
    backed: tuple[str, ...],
    disproved: tuple[str, ...],
    scoring: str | None,
    everything: bool,
) -> None:
    """Score the vendor and keep it with its explanation; or look at what would change."""
    with open_run(common) as run:
        if supposed or backed or disproved:
            _suppose(run, vendor_id, supposed, backed, disproved)
            return
        if scoring is not None:
            document = assessing.explanation(run.desk, run.actor, scoring)
            with run.desk.reading() as db:
                if document["vendor"]["id"] != store.vendor(db, vendor_id).id:
                    raise BadInput(
                        "That scoring is another vendor's.", what="--scoring", next="See history."
                    )
        else:
            document = assessing.assess(run.desk, run.actor, vendor_id)
        run.answer(document, lambda: print_score(document, everything=everything))


def _suppose(
    run: Run,
    vendor_id: str,
    supposed: tuple[str, ...],
    backed: tuple[str, ...],
    disproved: tuple[str, ...],
) -> None:
    with run.desk.reading() as db:
        questionnaire = questionnaires.current(db)
    known = {by.kind for q in questionnaire.questions.values() for by in q.contradicted_by}
    if not set(backed) <= set(questionnaire.questions) or not set(disproved) <= known:
        raise BadInput("There is no such question or kind.", what="what-if", next="See --help.")
    given = [typed(questionnaire, key, value, by="controller") for key, value in _pairs(supposed)]
    changed = assessing.suppose(
        run.desk, run.actor, vendor_id, given, backed=backed, disproved=disproved
    )
    document = changed.document()

    def human() -> None:
        for key in ("outcome", "total", "tier"):
            before, after = document[key]["before"], document[key]["after"]
            console().print(f"{key}: {before} → {after}")
        rows = [
            (each["id"], _stand(each["before"]), _stand(each["after"]))
            for each in document["questions"]
        ]
        table("What changes", ("question", "before", "after"), rows, empty="No score changes.")
        note("Nothing was stored.")

    run.answer(document, human)


def _stand(each: dict[str, Any]) -> str:
    return f"{each['status']} {each['value'] or ''}".strip()


def print_score(document: dict[str, Any], *, everything: bool = False) -> None:
    """Verdict first, then sections, then where points were lost and why."""
    out = console()
    name = visible(document["vendor"]["name"])
    verdict = document["outcome"].replace("_", " ")
    out.print(f"{name}: {verdict}", markup=False, style="bold")
    out.print(
        f"Total {document['total'] or 'none'} of 100; tier {document['tier']} needs"
        f" {document['bar']}. Next review {document['next_review']}.",
        markup=False,
    )
    for step in document["tier_steps"]:
        out.print(f"  {step}", markup=False)
    for line in _reasons(document["reasons"]):
        out.print(f"  {line}", markup=False)
    told = [f"{k.replace('_', ' ')} {v}" for k, v in document["considerations"].items() if v]
    out.print(f"By consideration, percent: {', '.join(told) or 'nothing yet'}.", markup=False)
    table(
        "Sections",
        ("section", "percent", "points", "of"),
        [
            (s["title"], s["percent"], s["points"], s["weight"])
            for s in document["sections"]
            if s["weight"]
        ],
    )
    lines = [
        each
        for each in document["questions"]
        if everything or each["status"] == "unanswered" or each["lost"] not in (None, "0")
    ]
    table(
        "Every question" if everything else "Where points were lost",
        ("question", "answer", "points", "of", "why", "citation"),
        [
            (
                each["id"],
                visible(_said(each["answer"])),
                each["points"] or "",
                each["weight"],
                " ".join([*each["steps"], *_bound(each["sample"])]),
                "; ".join(c["cite"] for c in each["citations"]),
            )
            for each in lines
        ],
        empty="No point was lost.",
    )


def _bound(sample: dict[str, Any] | None) -> list[str]:
    if sample is None:
        return []
    percent = 100 * float(sample["upper_bound_95"])
    return [
        f"{sample['exceptions']} of {sample['drawn']} drawn fail:"
        f" at 95 % no more than {percent:.1f} % of all."
    ]


REASONS = {
    "gate_failed": "Gates at 0: {}.",
    "unanswered": "Still owed: {}.",
    "nothing_scored": "Nothing is scored yet.",
    "total_under_bar": "The total is under the bar of {}.",
    "gap_without_owner": "Gaps without owner and due date: {}.",
}


def _reasons(reasons: list[str]) -> list[str]:
    """The codes of what stands in the way, joined by kind, as sentences."""
    joined: dict[str, list[str]] = {}
    for reason in reasons:
        kind, _, about = reason.partition(":")
        joined.setdefault(kind, []).append(about)
    return [
        REASONS.get(kind, f"{kind.replace('_', ' ').capitalize()}: {{}}.").format(_some(about))
        for kind, about in joined.items()
    ]


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + rest


MOST_NAMED = 12


@click.command(epilog="Example: rightsdesk vendor compare vd-… vd-…")
@click.argument("vendor_ids", metavar="VENDOR VENDOR…", nargs=-1)
@common_options
def compare(common: Common, vendor_ids: tuple[str, ...]) -> None:
    """Vendors side by side on one scale, as they stand today; nothing is kept."""
    if len(set(vendor_ids)) < 2:
        raise BadInput("Name two or more vendors.", what="vendor", next="See --help.")
    with open_run(common) as run:
        document = assessing.compare(run.desk, run.actor, vendor_ids)
        run.answer(document, lambda: _print_compared(document))


def _print_compared(document: dict[str, Any]) -> None:
    vendors = document["vendors"]
    keys = [each["id"] for each in vendors]
    names = [visible(each["name"]) for each in vendors]
    head = [
        (label, *(_said(each[key]) for each in vendors))
        for label, key in (
            ("outcome", "outcome"),
            ("total", "total"),
            ("bar", "bar"),
            ("tier", "tier"),
            ("gates failed", "gates_failed"),
            ("contradicted", "contradicted"),
            ("not answered", "unanswered"),
            ("next review", "next_review"),
        )
    ]
    table("Side by side", ("", *names), head)
    rows = [(s["title"], *(s["percent"][key] or "" for key in keys)) for s in document["sections"]]
    table("Sections, percent", ("section", *names), rows)


@click.command(epilog="Example: rightsdesk vendor history vd-… --json")
@VENDOR
@common_options
def history(common: Common, vendor_id: str) -> None:
    """Every scoring of the vendor with the digests of what it rested on. Opens nothing."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        with run.desk.reading() as db:
            kept = assessing.history(db, store.vendor(db, vendor_id).id)
        rows = [each.document() for each in kept]
        columns = ("at", "outcome", "total", "tier", "by", "next_review", "id")
        run.answer(
            {"schema": "rightsdesk.vendor-history/1", "scorings": rows},
            lambda: table(
                "Scorings",
                columns,
                [[row[key] or "" for key in columns] for row in rows],
                empty="The vendor was never scored. `rightsdesk vendor score` scores it.",
            ),
        )


@click.command(epilog="Example: rightsdesk vendor event vd-… --type breach")
@VENDOR
@click.option("--type", "kind", required=True, help="breach, new_subprocessor, new_country…")
@common_options
def event(common: Common, vendor_id: str, kind: str) -> None:
    """Record an event that makes a reassessment due at once."""
    with open_run(common) as run:
        reassessing.tell_event(run.desk, run.actor, vendor_id, kind)
        document = {"schema": "rightsdesk.vendor-event/1", "vendor": vendor_id, "type": kind}
        run.answer(document, lambda: console().print("Recorded: a reassessment is due."))


@click.command(epilog="Example: rightsdesk vendor due --json")
@common_options
def due(common: Common) -> None:
    """Vendors that are to be assessed now, and why."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        rows = [each.document() for each in reassessing.due(run.desk)]
        columns = ("since", "reason", "name", "vendor")
        run.answer(
            {"schema": "rightsdesk.vendors-due/1", "due": rows},
            lambda: table(
                "To be assessed",
                columns,
                [[row[key] for key in columns] for row in rows],
                empty="No vendor is to be assessed now.",
            ),
        )
