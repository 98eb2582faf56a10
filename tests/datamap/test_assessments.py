"""Assessments: whole or not, advised on, signed by a second person, never by an author."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from privacy import actors
from privacy.actors import Actor
from privacy.datamap import store as maps
from privacy.datamap.assessments import document, lacking, outlines, prefill, reviews
from privacy.datamap.assessments import store as assessments
from privacy.datamap.assessments.document import Assessment
from privacy.datamap.reading import DataMap, read
from privacy.errors import Altered, BadInput, Denied, NotFound
from privacy.terms import Role
from tests.datamap.flows import HERE, KAUFHAUS, accepted, advised, written
from tests.desks import SECRET, MadeDesk

DPIA = (HERE / "dpia.toml").read_text("utf-8")
INTEREST = (HERE / "interest.toml").read_text("utf-8")
MAP = read({"a.toml": KAUFHAUS})


def gaps(text: str, outline: str = "", known: DataMap = MAP) -> list[str]:
    found = document.read(text.encode())
    chosen = outlines.outline(outline or str(found.row["outline"]), found.kind)
    return [f"{gap.field}/{gap.level}" for gap in lacking.content(found, chosen, known)]


def sign(made: MadeDesk, actor: Actor, made_id: str, **more: Any) -> assessments.Note:
    digest = assessments.one(made.desk, made_id).digest
    return assessments.sign(made.desk, actor, made_id, digest[:12], **more)


def second(made: MadeDesk, name: str = "clerk", role: Role = Role.HANDLER) -> Actor:
    return actors.add(made.desk, name, role, SECRET, "setup")


def test_the_examples_are_whole_by_their_outlines() -> None:
    assert gaps(DPIA) == []
    assert gaps(INTEREST) == []


def test_the_outline_of_the_cnil_asks_for_more() -> None:
    assert [each for each in gaps(DPIA, "cnil") if each.startswith("answers")] == [
        "answers.responsibilities/missing",
        "answers.life_cycle/missing",
        "answers.assets/missing",
        "answers.quality/missing",
        "answers.access/missing",
        "answers.rectification/missing",
        "answers.objection/missing",
    ]
    assert gaps(DPIA, "cnil").count("risk/missing") == 2, "modification and disappearance"


@pytest.mark.parametrize(
    ("old", "new", "gap"),
    [
        ("need = ", "effect_ = ", ""),
        ('residual_likelihood = "remote"\n', "", "risk.after-opt-out/missing"),
        (
            'residual_likelihood = "remote"\nresidual_severity = "significant"',
            'residual_likelihood = "probable"\nresidual_severity = "severe"',
            "risk.after-opt-out/missing",
        ),
        ('measures = ["gate", "ledger"]\n', "", "risk.after-opt-out/missing"),
        ('owner = "Marketing"\n', "", "measure.permits/missing"),
        ("subjects_opinion", "subjects_reason", "subjects_opinion/missing"),
        ("subjects_sought = true", "subjects_sought = false", "subjects_reason/missing"),
        ('activity = "calls"', 'activity = "nothing"', "activity/missing"),
    ],
)
def test_what_article_35_asks_for_and_nobody_wrote_is_missing(old: str, new: str, gap: str) -> None:
    text = DPIA.replace(old, new, 1)
    if not gap:
        with pytest.raises(BadInput):
            gaps(text)
        return
    assert gap in gaps(text)


def test_an_interest_that_the_map_does_not_rest_on_is_missing() -> None:
    assert "activity/missing" in gaps(INTEREST.replace('"letters"', '"calls"'))
    assert "outcome/weak" in gaps(INTEREST.replace("may_rely", "may_not_rely"))


@given(st.binary(max_size=300) | st.integers(0, len(DPIA) - 1).map(lambda n: DPIA[n:].encode()))
def test_any_bytes_give_an_assessment_or_faults(content: bytes) -> None:
    found = document.check(content)
    assert isinstance(found, Assessment) or found
    if not isinstance(found, Assessment):
        with pytest.raises(BadInput):
            document.read(content)


@given(st.sampled_from(outlines.scales()), st.data())
def test_a_risk_that_is_more_likely_or_more_severe_has_no_lower_level(
    scale_id: str, data: st.DataObject
) -> None:
    scale = outlines.scale(scale_id)
    x, y = (
        data.draw(st.integers(0, len(scale.likelihood) - 1)),
        data.draw(st.integers(0, len(scale.severity) - 1)),
    )
    here = outlines.LEVELS.index(scale.level(scale.likelihood[x], scale.severity[y]))
    for dx, dy in ((1, 0), (0, 1)):
        if x + dx < len(scale.likelihood) and y + dy < len(scale.severity):
            word = scale.level(scale.likelihood[x + dx], scale.severity[y + dy])
            assert outlines.LEVELS.index(word) >= here


@pytest.mark.parametrize("outline", outlines.ids())
def test_every_question_of_an_outline_has_its_words(outline: str) -> None:
    kind = "legitimate-interest" if outline == "three-part" else "dpia"
    chosen = outlines.outline(outline, kind)
    asked = outlines.questions()
    for step in chosen.steps:
        assert set(step.questions) <= set(asked)
        assert step.required <= set(step.questions)
        assert bool(step.questions) != bool(step.part)


@pytest.mark.parametrize("kind", outlines.KINDS)
def test_a_new_assessment_is_prefilled_from_the_map_and_valid(kind: str) -> None:
    activity = "calls" if kind == "dpia" else "letters"
    text = prefill.text(MAP, activity, kind, "EU_GDPR", "0" * 64, date(2027, 1, 1))
    found = document.read(text.encode())
    assert found.answers["aim"].startswith(("Direct Marketing", "Advertising"))
    if kind == "dpia":
        assert found.answers["volume"] == "About 41,250 people"
        assert found.answers["lawful_basis"] == "Article 6(1)(a): Consent"
    else:
        assert found.answers["interest"].startswith("Keeping customers")
    with pytest.raises(BadInput):
        prefill.text(MAP, "nothing", kind, "EU_GDPR", "0" * 64, date(2027, 1, 1))


def test_a_second_person_signs_what_is_advised_on(store: MadeDesk) -> None:
    made = store
    made_id = advised(made)
    note = sign(made, second(made), made_id)
    held = assessments.one(made.desk, made_id)
    assert (held.state, note.by, held.authors) == ("signed", "clerk", ("handler",))
    assert assessments.gaps(made.desk, held) == []


def test_no_author_signs_also_not_an_earlier_one(made: MadeDesk) -> None:
    made_id = advised(made)
    clerk = second(made)
    with pytest.raises(Denied):
        sign(made, made.handler, made_id)
    text = assessments.one(made.desk, made_id).text
    assessments.save(made.desk, clerk, made_id, text.replace("Two complaints", "Three complaints"))
    assessments.advise(made.desk, made.dpo, made_id, "for", "Still so.")
    for author in (clerk, made.handler):
        with pytest.raises(Denied):
            sign(made, author, made_id)
    assert sign(made, made.dpo, made_id).by == "dpo"


def test_a_text_that_was_changed_meanwhile_is_not_signed_by_mistake(made: MadeDesk) -> None:
    made_id = advised(made)
    read_by_the_signer = assessments.one(made.desk, made_id).digest
    text = assessments.one(made.desk, made_id).text
    changed = text.replace("At most one call a month.", "As many calls as we like.")
    assessments.save(made.desk, made.handler, made_id, changed)
    assessments.advise(made.desk, made.dpo, made_id, "for", "Yes.")
    for digest in (read_by_the_signer, "", assessments.one(made.desk, made_id).digest[:7]):
        with pytest.raises(BadInput):
            assessments.sign(made.desk, second_of(made), made_id, digest)


def second_of(made: MadeDesk) -> Actor:
    return Actor("clerk", Role.HANDLER)


def test_a_change_after_the_signature_takes_advice_and_signature_away(made: MadeDesk) -> None:
    made_id = advised(made)
    sign(made, second(made), made_id)
    text = assessments.one(made.desk, made_id).text
    assessments.save(made.desk, made.handler, made_id, text + "# more\n")
    held = assessments.one(made.desk, made_id)
    assert (held.state, held.advice, held.signature) == ("changed", None, None)
    fields = [gap.field for gap in assessments.gaps(made.desk, held)]
    assert fields == ["advice", "signature"]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMIN, Role.DIALER])
def test_other_roles_neither_write_nor_sign(made: MadeDesk, role: Role) -> None:
    made_id = advised(made)
    other = Actor("other", role)
    with pytest.raises(Denied):
        sign(made, other, made_id)
    with pytest.raises(Denied):
        assessments.save(made.desk, other, made_id, DPIA)


def test_only_a_data_protection_officer_advises_and_advice_is_needed(made: MadeDesk) -> None:
    made_id = written(made)
    with pytest.raises(Denied):
        assessments.advise(made.desk, made.handler, made_id, "for", "Fine.")
    with pytest.raises(BadInput) as refused:
        sign(made, second(made), made_id)
    assert refused.value.what == "advice"


def test_advice_against_is_overruled_with_a_reason_or_not_signed(made: MadeDesk) -> None:
    made_id = advised(made, position="against")
    clerk = second(made)
    with pytest.raises(BadInput) as refused:
        sign(made, clerk, made_id)
    assert refused.value.what == "--overruled"
    note = sign(made, clerk, made_id, overruled="The condition is met before the first call.")
    assert note.words["overruled"].startswith("The condition")


def test_what_is_not_whole_is_not_signed(made: MadeDesk) -> None:
    digest = accepted(made)
    text = DPIA.replace("0" * 64, digest).replace('residual_likelihood = "remote"\n', "", 1)
    made_id = assessments.new(made.desk, made.handler, text)
    assessments.advise(made.desk, made.dpo, made_id, "for", "Fine.")
    with pytest.raises(BadInput):
        sign(made, second(made), made_id)


def test_a_high_risk_that_is_left_needs_the_authority(made: MadeDesk) -> None:
    digest = accepted(made)
    text = DPIA.replace("0" * 64, digest).replace(
        'residual_likelihood = "remote"', 'residual_likelihood = "probable"', 1
    )
    made_id = assessments.new(made.desk, made.handler, text)
    assessments.advise(made.desk, made.dpo, made_id, "for", "Fine.")
    clerk = second(made)
    with pytest.raises(BadInput) as refused:
        sign(made, clerk, made_id)
    assert "authority" in refused.value.message
    consulted = 'prior_consultation = "Asked on 3 November 2026, answered on 20 November"\n'
    head, tables = text.split("[answers]", 1)
    assessments.save(made.desk, made.handler, made_id, head + consulted + "[answers]" + tables)
    assessments.advise(made.desk, made.dpo, made_id, "for", "Fine.")
    sign(made, clerk, made_id)


def test_a_text_or_note_that_was_changed_on_disk_is_altered(made: MadeDesk) -> None:
    made_id = advised(made)
    folder = assessments.folder_of(made.desk) / "versions"
    for path in sorted(folder.glob("*.json")):
        content = path.read_bytes()
        path.write_bytes(content + b" ")
        with pytest.raises(Altered):
            assessments.one(made.desk, made_id)
        path.write_bytes(content)
    assert assessments.one(made.desk, made_id).state == "advised"


def test_an_assessment_keeps_its_kind_and_activity_and_an_unknown_one_is_not_found(
    made: MadeDesk,
) -> None:
    made_id = written(made)
    text = assessments.one(made.desk, made_id).text
    with pytest.raises(BadInput):
        assessments.save(made.desk, made.handler, made_id, text.replace('"calls"', '"letters"'))
    with pytest.raises(BadInput):
        assessments.save(made.desk, made.handler, made_id, text)
    with pytest.raises(NotFound):
        assessments.one(made.desk, "as-nothing")


def decided(made: MadeDesk, made_id: str) -> bool:
    held = assessments.one(made.desk, made_id)
    return all(gap.field != "datamap" for gap in assessments.gaps(made.desk, held))


def test_a_map_that_says_something_else_of_the_activity_is_something_to_decide(
    made: MadeDesk,
) -> None:
    made_id = written(made)
    accepted(made, KAUFHAUS.replace(b'"as-calls"', b'"as-other"') + b"# later\n")
    assert decided(made, made_id), "only the assessment's own name changed"
    accepted(made, KAUFHAUS.replace(b"persons = 41250", b"persons = 90000"))
    assert not decided(made, made_id)
    accepted(made, KAUFHAUS.replace(b'country = "DE"\ncontract', b'country = "IN"\ncontract'))
    assert not decided(made, made_id), "the call centre moved"


def test_reviews_are_reminded_of_once_a_level_and_shown_to_everybody(made: MadeDesk) -> None:
    made_id = advised(made)
    clerk = second(made)
    assert [w.why for w in reviews.waiting(made.desk, clerk)] == ["signature"]
    assert reviews.waiting(made.desk, made.handler) == []
    sign(made, clerk, made_id)
    assert reviews.waiting(made.desk, clerk) == []
    day = assessments.one(made.desk, made_id).assessment.review_on
    now = assessments.today(made.desk)
    for days_left, level in ((31, ""), (30, "30_days"), (7, "7_days"), (0, ""), (-1, "overdue")):
        made.clock.advance(timedelta(days=(day - now).days - days_left))
        now = assessments.today(made.desk)
        assert [told for _, told in reviews.due(made.desk)] == ([level] if level else [])
        assert reviews.make(made.desk, made.handler) == bool(level)
        assert reviews.due(made.desk) == []
    (found,) = reviews.waiting(made.desk, made.handler)
    assert (found.why, found.days_left) == ("review", -1)


def test_a_reminder_that_another_process_just_made_is_not_made_again(made: MadeDesk) -> None:
    made_id = advised(made)
    sign(made, second(made), made_id)
    made.clock.advance(timedelta(days=365))
    ((held, level),) = reviews.due(made.desk)
    assert reviews.make(made.desk, made.dpo) == 1
    assert reviews._make_one(made.desk, made.handler, held, level) == 0


def test_a_text_saved_while_somebody_signs_keeps_the_signature_away(made: MadeDesk) -> None:
    made_id = advised(made)
    seen = assessments.one(made.desk, made_id)
    assessments.save(made.desk, made.handler, made_id, seen.text + "# meanwhile\n")
    with pytest.raises(BadInput):
        assessments._record(made.desk, second(made), assessments.SIGNED, seen, {})
    assert assessments.one(made.desk, made_id).signature is None


def test_no_text_of_an_assessment_stands_in_the_log(made: MadeDesk) -> None:
    advised(made)
    with made.desk.reading() as db:
        rows = db.execute(text("SELECT body FROM audit_entry")).scalars()
        bodies = b"".join(bytes(body) for body in rows)
    for words in (b"Automated calls", b"measures suffice", b"Kaufhaus", b"Rufwerk"):
        assert words not in bodies
    assert maps.newest(made.desk) is not None
