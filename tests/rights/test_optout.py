"""Opt-outs: no proof, no plan, at once, and the same for known and unknown."""

from __future__ import annotations

from typing import Any

import pytest

from privacy.consent import store as consents
from privacy.consent import suppression
from privacy.consent.ledger import RecordKind
from privacy.errors import BadInput
from privacy.rights import handling, optout, standing
from privacy.rights.case import IMMEDIATE, Kind, State
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.calls import add_consent
from tests.rights.flows import FILE, MAIL, NUMBER


@pytest.mark.parametrize("law", ["EU_GDPR", "US_CA"])
def test_an_opt_out_acts_before_it_returns(store: MadeDesk, law: str) -> None:
    known = add_person(store.desk, NUMBER, MAIL)
    add_consent(store, known)
    case = optout.opt_out(
        store.desk, store.handler, phones=(NUMBER,), emails=(MAIL,), channel="phone", law=law
    )
    assert (case.kind, case.state, case.outcome) == (Kind.OPT_OUT, State.FULFILLED, "suppressed")
    tags = store.desk.vault.keyring.tags
    with store.desk.reading() as db:
        wanted = [tags.number_tag(NUMBER), tags.mail_tag(MAIL)]
        assert set(suppression.suppressed(db, wanted)) == set(wanted)
        records = consents.of_subjects(db, [known.subject_id])
    assert RecordKind.WITHDRAWAL in {record.kind for _, record in records}
    assert standing.standing(store.desk, case.id).next_action == "close"


def test_known_and_unknown_leave_the_same_case(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    shown = []
    for number in (NUMBER, "+442079460777"):
        case = optout.opt_out(made.desk, made.handler, phones=(number,), channel="phone")
        document = standing.summary(standing.standing(made.desk, case.id))
        shown.append({key: value for key, value in document.items() if key != "id"})
    assert shown[0] == shown[1]


def test_if_one_cannot_be_read_nothing_is_suppressed(made: MadeDesk) -> None:
    with pytest.raises(BadInput) as wrong:
        optout.opt_out(made.desk, made.handler, phones=(NUMBER, "12"), channel="phone", file=FILE)
    assert "12" not in str(wrong.value)
    tag = made.desk.vault.keyring.tags.number_tag(NUMBER)
    with made.desk.reading() as db:
        assert suppression.suppressed(db, [tag]) == {}
    assert standing.listed(made.desk) == []


def test_an_opt_out_names_something(made: MadeDesk) -> None:
    with pytest.raises(BadInput):
        optout.opt_out(made.desk, made.handler, channel="phone")


def test_a_fulfilled_opt_out_closes(made: MadeDesk) -> None:
    case = optout.opt_out(made.desk, made.handler, emails=(MAIL,), channel="email")
    assert handling.close(made.desk, made.handler, case.id).state is State.CLOSED


def test_a_law_without_a_period_for_it_never_stops_an_opt_out(made: MadeDesk) -> None:
    case = optout.opt_out(made.desk, made.handler, phones=(NUMBER,), channel="phone", law="CH_FADP")
    tag = made.desk.vault.keyring.tags.number_tag(NUMBER)
    with made.desk.reading() as db:
        assert suppression.suppressed(db, [tag])
    each = standing.standing(made.desk, case.id)
    assert (each.case.state, each.due) == (State.FULFILLED, None)
    assert "CH_FADP sets no period" in each.clock["laws"][0]["why"]


@pytest.mark.parametrize("kind", sorted(IMMEDIATE))
def test_what_acts_at_once_suppresses_in_the_command_that_opens_it(
    store: MadeDesk, kind: Kind
) -> None:
    acted = optout.act(store.desk, store.handler, kind, phones=(NUMBER,), channel="phone")
    assert (acted.case.state, acted.question) == (State.FULFILLED, "")
    tag = store.desk.vault.keyring.tags.number_tag(NUMBER)
    with store.desk.reading() as db:
        assert suppression.suppressed(db, [tag])


@pytest.mark.parametrize("where", [{"place": "JP"}, {"laws": ("ATLANTIS",)}, {"place": "nowhere"}])
def test_a_law_that_is_not_found_is_asked_for_after_the_opt_out_stands(
    made: MadeDesk, where: dict[str, Any]
) -> None:
    acted = optout.act(
        made.desk, made.handler, Kind.OPT_OUT_SALE, phones=(NUMBER,), channel="phone", **where
    )
    assert "--law" in acted.question or "One of" in acted.question or "ISO" in acted.question
    assert acted.case.laws == ("EU_GDPR",)
    tag = made.desk.vault.keyring.tags.number_tag(NUMBER)
    with made.desk.reading() as db:
        assert suppression.suppressed(db, [tag])
