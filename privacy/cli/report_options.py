"""Which kinds of report take which option: what a kind does not take is refused, not ignored.

Who asks for the calls of one campaign and gets those of the whole desk would not notice.
"""

from __future__ import annotations

import click
from click.core import ParameterSource

from privacy.errors import BadInput

DAYS = frozenset(
    {
        "campaign-compliance",
        "request-register",
        "requests-performance",
        "calling-compliance",
        "do-not-call-policy",
        "data-protection-audit",
        "board",
        "consent-audit",
        "who-called",
        "breach-register",
    }
)
RECORDS = frozenset({"records-controller", "records-processor"})
ASSESSMENTS = frozenset({"dpia", "legitimate-interest"})
NUMBER = frozenset({"number-dossier", "who-called"})
BREACH = frozenset({"breach-notification"})
VERIFICATION = frozenset({"log-verification"})
ALL = frozenset({"all"})
# By the name of the parameter; what is not listed every kind takes, but for `all`.
TAKEN_BY: dict[str, frozenset[str]] = {
    "campaign": frozenset({"campaign-compliance"}),
    "request_id": frozenset({"erasure-certificate"}),
    "from_on": DAYS,
    "to_on": DAYS,
    "month": DAYS | ALL,
    "anchors": VERIFICATION,
    "max_tail": VERIFICATION,
    "phone": NUMBER,
    "person": NUMBER,
    "for_whom": frozenset({"number-dossier"}),
    "breach": BREACH,
    "law": BREACH,
    "final": BREACH,
    "delay_reasons": BREACH,
    "language": BREACH | {"who-called"},
    "seed": frozenset({"consent-audit"}),
    "import_id": frozenset({"vendor-calls"}),
    "vendors": frozenset({"vendor-due-diligence", "vendor-comparison"}),
    "fields": RECORDS,
    "version": RECORDS,
    "assessment": ASSESSMENTS,
    "outline": ASSESSMENTS,
}
NOT_OF_ALL = frozenset({"form", "size", "sign", "package"})


def refuse_foreign(context: click.Context, kind: str) -> None:
    """BadInput for an option that was given and that the kind does not take."""
    for parameter in context.command.params:
        name = parameter.name or ""
        if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        kinds = TAKEN_BY.get(name)
        if kinds is None and (kind not in ALL or name not in NOT_OF_ALL):
            continue
        if kinds is None or kind not in kinds:
            raise BadInput(
                f"`report {kind}` takes no such option.",
                what=parameter.opts[0],
                next=f"It is of: {', '.join(sorted(kinds))}." if kinds else "Leave it out.",
            )
