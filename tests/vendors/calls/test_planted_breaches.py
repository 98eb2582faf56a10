"""Every planted breach is found where the columns allow it, and nothing else is called one."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal

import pytest

from privacy.law.grounds import Word
from privacy.vendors.calls.checks import Check
from privacy.vendors.calls.demo.planting import CLAIM_NEEDS, Planter
from privacy.vendors.calls.demo.writing import WRITERS, Writer
from privacy.vendors.calls.gauges.claim import Shown
from privacy.vendors.findings import measured
from tests.vendors.calls import simulated
from tests.vendors.calls.simulated import Read

EVERY_WRITER = pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.name)


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Read]:
    return {
        writer.name: simulated.read(writer, tmp_path_factory.mktemp(writer.name))
        for writer in WRITERS
    }


@EVERY_WRITER
def test_precision_and_recall_are_exactly_one(writer: Writer, exports: dict[str, Read]) -> None:
    read = exports[writer.name]
    found = read.found()
    planted, shown = set(), set()
    for label in read.labels:
        if label["refused"]:
            continue
        record = label["record"]
        told = label["planted"].items()
        planted |= {(record, check) for check, it in told if it["verdict"] == "breach"}
        broken = {one.check.word for one in found[record] if one.word is Word.BROKEN}
        shown |= {(record, check) for check in broken}
    assert planted
    assert shown == planted


@EVERY_WRITER
def test_what_the_columns_cannot_show_is_not_provable_with_the_column(
    writer: Writer, exports: dict[str, Read]
) -> None:
    read = exports[writer.name]
    found = read.found()
    for label in read.labels:
        for check, expected in label["planted"].items():
            if expected["verdict"] != "not_provable":
                continue
            told = [one for one in found[label["record"]] if one.check.word == check]
            assert told, (label, "must never be taken for no breach")
            assert all(one.word is Word.OPEN for one in told)
            missing = {name for one in told for name in one.missing}
            assert missing & set(expected["missing"])


@EVERY_WRITER
def test_a_record_of_the_skipped_hour_is_refused_and_no_other(
    writer: Writer, exports: dict[str, Read]
) -> None:
    read = exports[writer.name]
    skipped = {label["record"] for label in read.labels if label["refused"]}
    assert read.refused == skipped
    assert bool(skipped) == writer.needs_zone


@EVERY_WRITER
def test_precision_and_recall_of_claims_are_exactly_one(
    writer: Writer, exports: dict[str, Read]
) -> None:
    """By record; where columns lack, the claim is not provable and names them."""
    read = exports[writer.name]
    claims = {claim.kind: claim for claim in read.claims()}
    for kind in CLAIM_NEEDS:
        labels = [label for label in read.labels if kind in label["against"]]
        missing = {name for label in labels for name in label["against"][kind]["missing"]}
        found = claims[kind]
        if missing:
            assert (found.shown, set(found.missing)) == (Shown.NOT_PROVABLE, missing)
            continue
        assert found.rows == tuple(label["record"] for label in labels), kind
        assert found.exceptions == len(labels)
        proved = Shown.CONTRADICTED if labels else Shown.NOT_PROVABLE
        assert found.shown is (Shown.MEASURED if found.unit else proved)


def test_every_measured_kind_but_a_stated_figure_is_planted(exports: dict[str, Read]) -> None:
    planted = {kind for label in exports["mapping"].labels for kind in label["against"]}
    assert planted == set(CLAIM_NEEDS) == measured() - {"abandonment_figure_differs"}


def test_the_figures_are_those_that_were_planted(exports: dict[str, Read]) -> None:
    read = exports["mapping"]
    claims = {claim.kind: claim for claim in read.claims()}
    assert claims["national_list_age"].measured == 40
    hours = claims["longest_after_withdrawal"].measured
    assert hours is not None
    assert 35 * 24 - 1 < hours < 41 * 24, "35 days, to the next working day in midweek"
    calls = claims["attestation_share"].tested
    assert claims["attestation_share"].measured == (1 - Decimal(2) / calls).quantize(
        Decimal("0.0001"), ROUND_UP
    )


def test_every_check_is_planted_and_some_format_shows_it(exports: dict[str, Read]) -> None:
    planted = {check for call in Planter(1, 0, 1).scenario().calls for check in call.planted}
    assert planted | {Check.HOURS} == set(Check)
    full = exports["mapping"]
    expected = {
        (check, it["verdict"]) for label in full.labels for check, it in label["planted"].items()
    }
    assert expected == {(check.word, "breach") for check in Check}


def test_the_repeated_hour_is_judged_by_the_stricter_reading(exports: dict[str, Read]) -> None:
    """02:00 to 03:00 in Berlin is 20 or 21 o'clock in Georgia: one of them is too late."""
    read = exports["mapping"]
    twice = {int(c.row[i]) for c in read.chunks for i in range(len(c)) if c.second_us[i] > 0}
    found = read.found()
    georgia = [it for it in read.labels if it["record"] in twice and "hours" in it["planted"]]
    california = [it for it in read.labels if it["record"] in twice and not it["planted"]]
    assert georgia
    assert california
    for label in georgia:
        assert {o.check for o in found[label["record"]]} == {Check.HOURS}
    for label in california:
        assert found[label["record"]] == ()


def test_the_same_seed_makes_the_same_calls_and_only_reserved_numbers() -> None:
    first, second = (Planter(3, 30, 2).scenario() for _ in range(2))
    assert first == second
    assert first != Planter(4, 30, 2).scenario()
    for call in first.calls:
        assert call.number[5:10] == "55501", "the range that is reserved for fiction"
