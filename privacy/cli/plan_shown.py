"""How a plan and a refusal are shown to people."""

from __future__ import annotations

from typing import Any

from privacy.cli.showing import console, note, table


def print_plan(made: dict[str, Any], *, show_all: bool = False) -> None:
    """What will happen to what, and why; then who must look at it."""
    lines = [item for item in made["items"] if show_all or item["rows"] != 0]
    table(
        "Plan",
        ("kind of data", "rows", "what happens", "why", "law", "until"),
        [
            (
                item["key"],
                "" if item["rows"] is None else item["rows"],
                item["action"],
                item["why"],
                item["citation"],
                item["until_on"] or item["until"],
            )
            for item in lines
        ],
        empty="Nothing of a person is touched: the answer is looked at.",
    )
    marks = made.get("redactions", {}).get("marks", [])
    if marks:
        table(
            "Left out by hand (what: `request redact ID`)",
            ("mark", "ground"),
            [(each["mark"], each["ground"]) for each in marks],
        )
    if made["items"]:
        table(
            "Keys",
            ("class", "keys", "what happens", "why", "law", "until"),
            [
                (
                    line["key_class"],
                    line["keys"],
                    line["action"],
                    line["why"],
                    line["citation"],
                    line["until_on"] or line["until"],
                )
                for line in made["keys"]
            ],
        )
    if "steps" in made:
        table("Steps", ("", "what"), [(step["number"], step["what"]) for step in made["steps"]])
    if made.get("dry_run"):
        note("A dry run: nothing was stored.")
        return
    note("A second person approves it: rightsdesk --as ACTOR request approve " + made["request_id"])


def print_refusal(found: dict[str, Any]) -> None:
    """What a refusal must tell."""
    out = console()
    out.print(f"{found['request']}  {found['kind']}  {found['law']}  refused: {found['scope']}")
    for ground in found["grounds"]:
        out.print(f"because {ground['what']} ({ground['citation']})", markup=False)
    table(
        "Refused in part",
        ("kind of data", "why", "law", "until"),
        [(f["field"], f["what"], f["citation"], f["until_on"]) for f in found["fields"]],
        empty="",
    )
    ways = found["remedies"]
    for name in ("controller", "authority", "court"):
        if ways[name] is not None:
            out.print(f"{ways[name]['text']} ({ways[name]['citation']})", markup=False)
    for authority in ways["authority"]["authorities"]:
        out.print(f"  {authority['name']}, {authority['website']}", markup=False)
    if found["appeal"]:
        days = found["appeal"]["answer_within_days"]
        out.print(f"An appeal is answered within {days} days ({found['appeal']['citation']}).")
