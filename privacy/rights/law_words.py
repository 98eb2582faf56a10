"""What an answer says of further rights and complaints under a law without a text of its own. Pure.

The words are the same for every such law; authorities, appeals and courts come from the
packs. No right is claimed that a law may not give: what the controller does with each
request is told instead. A citation that only names another state's law as an example
is not told to anybody.
"""

from __future__ import annotations

from datetime import date

from privacy.rights import pack
from privacy.rights.letters import remedies

RIGHTS = (
    "You may ask us to correct, delete or hand over your data, and to stop calls and"
    " advertising. We answer each request, and say so where the law gives no such right."
)
FIRST = "Write to us first if something is wrong or missing. It is often the quickest way."


def of(law: str, on: date) -> tuple[list[dict[str, str]], dict[str, str]]:
    """(rights, complaint) in the form of the access answer, as the law stands on that day."""
    found = remedies.facts(law, "", on)
    names = ", ".join(f"{row['name']} ({row['website']})" for row in found["authorities"])
    appeal = ""
    if found["appeal_days"]:
        appeal = "If we refuse a request, you may appeal to us. We answer within"
        appeal += f" {found['appeal_days']} days. ({found['appeal_citation']})"
    rights = [{"name": "Your requests", "meaning": RIGHTS, "citation": pack.law_name(law)}]
    return rights, {
        "to_controller": appeal or FIRST,
        "to_authority": f"You may complain to: {names}." if names else "",
        "to_court": _court(found["court_citation"]),
    }


def _court(citation: str) -> str:
    if not citation or citation.startswith("for example"):
        return ""
    return f"You may also go to court. ({citation})"
