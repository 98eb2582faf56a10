"""A scoring as JSON with every point explained, and two scorings side by side. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from privacy.vendors.answers import Answer, Ratio
from privacy.vendors.questionnaire import Question, Questionnaire
from privacy.vendors.sampling import shown_up, upper_bound
from privacy.vendors.scoring import Case, Evidence, Line, Scoring, Status, percentage, score, shown

SCHEMA = "rightsdesk.vendor-score/1"


def document(questionnaire: Questionnaire, case: Case, found: Scoring) -> dict[str, Any]:
    """The scoring as one document. Percentages are texts cut after two places."""
    return {
        "schema": SCHEMA,
        "on": found.on.isoformat(),
        "questionnaire": {
            "name": questionnaire.name,
            "version": questionnaire.version,
            "sha256": questionnaire.sha256,
        },
        "facts_sha256": facts_digest(case),
        "outcome": found.outcome.value,
        "reasons": list(found.reasons),
        "total": percent(found.total),
        "bar": found.bar,
        "tier": found.tier.value,
        "tier_steps": list(found.tier_steps),
        "due": None if case.due_on is None else case.due_on.isoformat(),
        "next_review": found.next_review_on.isoformat(),
        "jurisdictions": None
        if found.scope.jurisdictions is None
        else sorted(found.scope.jurisdictions),
        "gates_failed": [line.question.id for line in found.failed_gates()],
        "contradicted": [line.question.id for line in found.contradicted()],
        "unanswered": [line.question.id for line in found.unanswered()],
        "considerations": _considerations(questionnaire, found),
        "sections": [_section(questionnaire, found, each.id) for each in questionnaire.sections],
        "questions": [_line(questionnaire, case, line) for line in found.lines],
    }


def _considerations(questionnaire: Questionnaire, found: Scoring) -> dict[str, str | None]:
    """The same percentage over the sections of each consideration."""
    of = {each.id: each.consideration for each in questionnaire.sections}
    return {
        key: percent(percentage(line for line in found.lines if of[line.question.section] == key))
        for key in questionnaire.considerations
    }


def _section(questionnaire: Questionnaire, found: Scoring, section_id: str) -> dict[str, Any]:
    section = next(each for each in questionnaire.sections if each.id == section_id)
    lines = [each for each in found.lines if each.question.section == section_id]
    counted = [each for each in lines if each.value is not None]
    return {
        "id": section.id,
        "title": section.title,
        "consideration": section.consideration,
        "percent": percent(found.sections[section_id]),
        "weight": sum(each.weight for each in counted),
        "points": _points(sum((each.weight * (each.value or 0) for each in counted), Fraction(0))),
        "under_floor": (value := found.sections[section_id]) is not None
        and value < questionnaire.rules.section_floor,
    }


def _line(questionnaire: Questionnaire, case: Case, line: Line) -> dict[str, Any]:
    question, answer = line.question, case.answers.get(line.question.id)
    earned = None if line.value is None else line.weight * line.value
    return {
        "id": question.id,
        "section": question.section,
        "ask": question.ask,
        "status": line.status.value,
        "hidden_by": line.hidden_by or None,
        "answer": None if answer is None else answer.document()["value"],
        "comment": answer.comment or None if answer else None,
        "weight": question.weight,
        "claimed": None if line.claimed is None else shown(line.claimed, 4),
        "value": None if line.value is None else shown(line.value, 4),
        "points": None if earned is None else _points(earned),
        "lost": None if earned is None else _points(line.weight - earned),
        "gate": line.gate.value,
        "rule": question.score_rule,
        "steps": list(line.steps),
        "evidence_wanted": question.evidence,
        "evidence": list(line.evidence),
        "citations": [
            {"key": key, "cite": each.cite, "url": each.url or None, "mark": each.mark}
            for key in question.why
            for each in (questionnaire.citations[key],)
        ],
        "rules": list(question.rule_refs),
        "sample": _sample(question, answer),
        "cdr_test": question.cdr_test or None,
        "claim_vs_record": [each.document() for each in line.compared],
    }


def _sample(question: Question, answer: Answer | None) -> dict[str, Any] | None:
    """What a sample that was drawn proves: the exact upper 95 % bound on what fails of all."""
    if not question.sampled or answer is None or not isinstance(answer.value, Ratio):
        return None
    drawn, failed = answer.value.denominator, answer.value.denominator - answer.value.numerator
    return {
        "drawn": drawn,
        "exceptions": failed,
        "upper_bound_95": shown_up(upper_bound(failed, drawn)),
    }


def percent(value: Fraction | None) -> str | None:
    return None if value is None else shown(value)


def _points(value: Fraction | int) -> str:
    return shown(Fraction(value), 4)


def facts_digest(case: Case) -> str:
    """SHA-256 over everything the scoring rests on but the questionnaire, in hexadecimal."""
    facts = {
        "on": case.on.isoformat(),
        "due_on": None if case.due_on is None else case.due_on.isoformat(),
        "owned": sorted(case.owned),
        "answers": [case.answers[key].document() for key in sorted(case.answers)],
        "evidence": sorted(
            [
                e.id,
                sorted(e.questions),
                e.valid_from.isoformat(),
                e.valid_until.isoformat(),
                e.sha256,
            ]
            for e in case.evidence
        ),
        "tests": sorted(
            [t.kind, t.finding_id, t.run_id, t.exceptions, t.tested, str(t.measured), list(t.rows)]
            for t in case.tests
        ),
    }
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Changed:
    """What an answer or more would change."""

    before: Scoring
    after: Scoring

    def document(self) -> dict[str, Any]:
        lines = {each.question.id: each for each in self.before.lines}
        return {
            "schema": "rightsdesk.vendor-what-if/1",
            "total": {"before": percent(self.before.total), "after": percent(self.after.total)},
            "outcome": {"before": self.before.outcome.value, "after": self.after.outcome.value},
            "tier": {"before": self.before.tier.value, "after": self.after.tier.value},
            "reasons_gone": [r for r in self.before.reasons if r not in self.after.reasons],
            "reasons_new": [r for r in self.after.reasons if r not in self.before.reasons],
            "questions": [
                {
                    "id": each.question.id,
                    "before": _stand(lines[each.question.id]),
                    "after": _stand(each),
                }
                for each in self.after.lines
                if _stand(each) != _stand(lines[each.question.id])
            ],
        }


def _stand(line: Line) -> dict[str, Any]:
    value = None if line.value is None else shown(line.value, 4)
    return {"status": line.status.value, "value": value, "gate": line.gate.value}


def what_if(
    questionnaire: Questionnaire,
    case: Case,
    answers: Sequence[Answer],
    *,
    backed: Sequence[str] = (),
    disproved: Sequence[str] = (),
) -> Changed:
    """The case with those answers, with valid evidence for `backed` questions, and without the
    tests of the kinds in `disproved`. Nothing is stored."""
    more = {each.question: each for each in answers}
    supposed = Evidence("what-if", frozenset(backed), case.on, case.on)
    changed = replace(
        case,
        answers={**case.answers, **more},
        evidence=(*case.evidence, supposed) if backed else case.evidence,
        tests=tuple(each for each in case.tests if each.kind not in disproved),
    )
    return Changed(score(questionnaire, case), score(questionnaire, changed))


def side_by_side(
    questionnaire: Questionnaire, vendors: Mapping[str, tuple[str, Scoring]]
) -> dict[str, Any]:
    """Several vendors on one scale: outcome, total, tier, sections and each question.

    `vendors`: name and scoring by vendor id. The best first; those that are not scored last.
    """
    ranked = sorted(
        vendors.items(),
        key=lambda each: (-(each[1][1].total if each[1][1].total is not None else -1), each[0]),
    )
    return {
        "schema": "rightsdesk.vendor-comparison/1",
        "questionnaire_sha256": questionnaire.sha256,
        "vendors": [
            {
                "id": vendor_id,
                "name": name,
                "outcome": each.outcome.value,
                "total": percent(each.total),
                "bar": each.bar,
                "tier": each.tier.value,
                "gates_failed": [line.question.id for line in each.failed_gates()],
                "contradicted": [line.question.id for line in each.contradicted()],
                "unanswered": len(each.unanswered()),
                "next_review": each.next_review_on.isoformat(),
            }
            for vendor_id, (name, each) in ranked
        ],
        "sections": [
            {
                "id": section.id,
                "title": section.title,
                "percent": {key: percent(each.sections[section.id]) for key, (_, each) in ranked},
            }
            for section in questionnaire.sections
        ],
        "questions": [
            {
                "id": question.id,
                "ask": question.ask,
                "weight": question.weight,
                "gate": question.gate,
                "stands": {key: _stand(each.line(question.id)) for key, (_, each) in ranked},
            }
            for question in questionnaire.questions.values()
            if question.weight
            and any(each.line(question.id).status is not Status.HIDDEN for _, (_, each) in ranked)
        ],
    }
