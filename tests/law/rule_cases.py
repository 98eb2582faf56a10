"""The table rule x cases: for every rule a case that it denies and one that it allows.

`python -m tests.law.rule_cases` prints it. Cases are the hand-made vectors, and the
ones below, each with the citation that it was written from. Instead of both cases
a rule may have an obligation (a duty that the answer hands to the script).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from privacy.law.calling import answer
from privacy.law.conduct import answer as conduct
from privacy.law.rulebook import INFORMING, Rule, rulebook
from tests.law import test_calling_vectors as home
from tests.law import test_calling_vectors_abroad as abroad
from tests.law.calls import CHICAGO, DALLAS, EXPRESS, NEW_YORK, TOLL_FREE, WRITTEN, call
from tests.law.test_calling_vectors_abroad import ct, et, mt, pt

RECORDED, TEXT = {"channel": "voice_prerecorded"}, {"channel": "text"}
VIENNA = "+4313123456"
NOON_AT = "2026-11-24T12:00:00+01:00"
CUSTOMER = {"last_purchase": "2026-10-01"}


@dataclass(frozen=True)
class Allowed:
    """A call that the rule does not deny, read off its citation; the whole call is allowed."""

    rule: str
    citation: str
    document: dict[str, Any]


# A ban allows what lies outside it: no emergency, another channel, a call by hand.
ALLOWED = [
    Allowed("us-la-emergency", "La. R.S. 45:844.31", call(abroad.NEW_ORLEANS, ct("12:00"))),
    Allowed("us-ny-emergency", "N.Y. Gen. Bus. Law 399-z(5-a)", call(NEW_YORK, et("12:00"))),
    Allowed(
        "us-ma-recorded-ban",
        "201 CMR 12.02(4)",
        call(abroad.BOSTON, et("12:00"), WRITTEN, **RECORDED),
    ),
    Allowed("us-wa-adad", "RCW 80.36.400", call(abroad.SEATTLE, pt("12:00"))),
    Allowed("us-wy-adad", "Wyo. Stat. 40-12-303", call(abroad.CHEYENNE, mt("12:00"))),
    Allowed("us-az-mobile", "A.R.S. 44-1278(B)(3)", call(abroad.PHOENIX, mt("12:00"), EXPRESS)),
    Allowed(
        "us-md-consent",
        "Md. Code, Com. Law 14-4502(a)(3)",
        call(abroad.MARYLAND, et("12:00"), WRITTEN, **TEXT),
    ),
    Allowed(
        "us-ms-adad",
        "Miss. Code 77-3-723(2)",
        call(abroad.JACKSON, ct("12:00"), WRITTEN, relationship=CUSTOMER, **RECORDED),
    ),
    Allowed(
        "us-wa-text-consent",
        "RCW 19.190.060, 19.190.070(1)(b)",
        call(abroad.SEATTLE, pt("12:00"), WRITTEN, **TEXT),
    ),
    Allowed(
        "us-in-adad",
        "Ind. Code 24-5-14-5, 24-5-14-8",
        call(abroad.INDIANAPOLIS, et("12:00"), WRITTEN, **RECORDED),
    ),
    Allowed("us-mi-hours", "MCL 750.540e(1)(f)", call(abroad.DETROIT, et("09:00"))),
    Allowed("us-mn-hours", "Minn. Stat. 325E.30", call(abroad.MINNEAPOLIS, ct("09:00"))),
    Allowed(
        "us-ne-adad-hours",
        "Neb. Rev. Stat. 86-248(1)(a)",
        call(abroad.OMAHA, ct("13:00", abroad.SUNDAY), **RECORDED),
    ),
    Allowed("us-nm-hours", "N.M. Stat. 57-12-22(B)(5)", call(abroad.ALBUQUERQUE, mt("09:00"))),
    Allowed("us-nv-hours", "NRS 598.0918(3)", call(abroad.LAS_VEGAS, pt("09:00"))),
    Allowed(
        "us-tx-sb140",
        "Tex. Bus. & Com. Code 302.001 ff.",
        call(DALLAS, ct("12:00"), WRITTEN, seller={"registrations": ["us_tx"]}, **TEXT),
    ),
    Allowed(
        "us-fed-revoke-all",
        "47 CFR 64.1200(a)(10); DA 26-12",
        call(CHICAGO, ct("12:00", "2027-02-02"), WRITTEN, **TEXT),
    ),
    Allowed("at-consent", "TKG 2021 s. 174", call(VIENNA, NOON_AT, EXPRESS)),
    Allowed(
        "ca-adad",
        "UTR Part IV; CRTC 2014-155",
        call(abroad.TORONTO, et("12:00"), EXPRESS, **RECORDED),
    ),
]


# Rules that only `law conduct` judges: jurisdiction, and a day on which it was in force.
CONDUCT = [("gb-abandonment-old", "GB", "2016-06-01")]


@dataclass
class Row:
    """What the cases show of one rule: the first denying and allowing one, and a duty."""

    rule: Rule
    denies: str = ""
    allows: str = ""
    obliges: str = ""

    @property
    def whole(self) -> bool:
        """Whether the rule is shown; one that only informs needs no case."""
        informs = self.rule.kind in INFORMING
        return informs or bool((self.denies and self.allows) or self.obliges)


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and document of every hand-made case."""
    for group, rows in home.GROUPS.items():
        yield from ((f"{group}: {name}", document) for name, document, _, _ in rows)
    yield from ((name, case[0]) for name, case in abroad.ALL.items())
    yield from ((f"allowed by {case.rule}", case.document) for case in ALLOWED)


def table() -> dict[str, Row]:
    """A row for every rule of the pack."""
    rows = {rule.id: Row(rule) for rule in rulebook().rules}
    for name, document in cases():
        found = answer(document)
        for line in found["rules"]:
            row = rows[line["id"]]
            if line["effect"] == "deny":
                row.denies = row.denies or name
            elif line["effect"] in ("allow", "lifted"):
                row.allows = row.allows or name
        for duty in found["obligations"]:
            rows[duty["rule"]].obliges = rows[duty["rule"]].obliges or name
    for case in ALLOWED:
        # Of a call that the rule does not reach: the call itself is allowed.
        rows[case.rule].allows = rows[case.rule].allows or f"allowed by {case.rule}"
    _by_another(rows)
    _by_conduct(rows)
    return rows


def _by_another(rows: dict[str, Row]) -> None:
    """Rules that deny through another: exceptions of a list, and a place that is not known."""
    for row in rows.values():
        for explained in row.rule.decide.get("explains", ()):
            row.denies = row.denies or rows[explained].denies
        if row.rule.kind == "location":
            unknown = answer(call(TOLL_FREE, ct("12:00"), **TEXT))
            row.denies = row.denies or str(unknown["deciding_rule"])


def _by_conduct(rows: dict[str, Row]) -> None:
    """Rules over a period that hand no duty to a call: one abandoned of ten, one of a hundred."""
    for rule_id, jurisdiction, start in CONDUCT:
        verdicts = {}
        for answered in (9, 99):
            calls = [_row(start, 0, None), *(_row(start, n + 1, 1) for n in range(answered))]
            period = {"from": start, "to": start}
            found = conduct({"jurisdiction": jurisdiction, "campaign": "marketing",
                             "period": period, "calls": calls})  # fmt: skip
            line = next(line for line in found["rules"] if line["rule"] == rule_id)
            verdicts[line["verdict"]] = f"law conduct: one abandoned of {answered + 1}"
        rows[rule_id].denies = verdicts.get("breach", "")
        rows[rule_id].allows = verdicts.get("no_breach", "")


def _row(day: str, minute: int, agent_after: int | None) -> dict[str, Any]:
    at = f"{day}T12:{minute % 60:02}:{minute // 60:02}+00:00"
    answered = datetime.fromisoformat(at)
    agent = None if agent_after is None else answered + timedelta(seconds=agent_after)
    return {
        "at": at,
        "answered_at": at,
        "agent_at": agent and agent.isoformat(),
        "answered_by": "person",
        "ended_at": (answered + timedelta(seconds=30)).isoformat(),
    }


def main() -> None:
    """Print the table."""
    print("| rule | kind | denies | allows | obliges |\n| --- | --- | --- | --- | --- |")
    for row in table().values():
        print(f"| {row.rule.id} | {row.rule.kind} | {row.denies} | {row.allows} | {row.obliges} |")


if __name__ == "__main__":
    main()
