"""How much hangs on a vendor: its tier of inherent risk, before any answer is scored. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from privacy.vendors.answers import Answer
from privacy.vendors.expressions import Known, evaluate
from privacy.vendors.questionnaire import Questionnaire, Tier

ORDER = (Tier.LOW, Tier.MEDIUM, Tier.HIGH)


def tier_of(
    questionnaire: Questionnaire, answers: Mapping[str, Answer], known: Known
) -> tuple[Tier, tuple[str, ...]]:
    """The tier with its steps. What is not answered counts as the higher risk."""
    rules = questionnaire.rules
    answer = answers.get(rules.tier_question)
    people = answer.value if answer is not None and isinstance(answer.value, int) else None
    if people is None:
        tier, steps = Tier.HIGH, [f"High: {rules.tier_question} is not answered."]
    else:
        below = [each for each in (Tier.LOW, Tier.MEDIUM) if people < rules.tier_below[each]]
        tier = below[0] if below else Tier.HIGH
        limits = ", ".join(f"under {rules.tier_below[t]:,} {t.value}" for t in ORDER[:2])
        steps = [f"{tier.value.capitalize()}: {people:,} people ({limits}, otherwise high)."]
    raised = evaluate(rules.raised_if, known)
    if raised is not False and tier is not Tier.HIGH:
        tier = ORDER[ORDER.index(tier) + 1]
        why = "the dialing modes are not answered" if raised is None else "the dialing modes used"
        steps.append(f"Raised by one to {tier.value}: {why}.")
    return tier, tuple(steps)
