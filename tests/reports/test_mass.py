"""Many documents at once: in order, by spawned processes, and what fails stops nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from reports import mass
from tests.reports import mass_makers


def test_every_document_comes_once_in_its_order_and_what_fails_is_told_without_its_words() -> None:
    made = list(mass.made(mass_makers.one, ((f"l-{n}", n) for n in range(20))))
    assert [each.key for each in made] == [f"l-{n}" for n in range(20)]
    failed = {each.key: each.why for each in made if each.content is None}
    assert failed == {
        "l-7": "A fact is missing.",
        "l-11": "a fault of ours (ValueError)",
        "l-13": mass.DIED,
    }
    assert all(each.content == each.key[2:].encode() for each in made if each.content)
    assert mass_makers.SECRET not in str(made)


def test_processes_are_others_after_so_many_documents() -> None:
    made = list(mass.made(mass_makers.process, ((str(n), n) for n in range(12)), recycled=4))
    by_pool = [{each.content for each in made[start : start + 4]} for start in (0, 4, 8)]
    assert all(1 <= len(pool) <= mass.PROCESSES for pool in by_pool)
    assert len(set().union(*by_pool)) == sum(len(pool) for pool in by_pool)
    assert str(os.getpid()).encode() not in set().union(*by_pool)


def test_no_more_is_taken_than_waits_for_its_turn() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[tuple[str, int]]:
        for number in range(100):
            taken.append(number)
            yield str(number), number

    made = mass.made(mass_makers.process, tasks())
    next(made)
    assert len(taken) <= mass.AHEAD * mass.PROCESSES
    made.close()  # type: ignore[attr-defined]


def test_what_goes_wrong_before_a_document_is_made_ends_the_making() -> None:
    def tasks() -> Iterator[tuple[str, int]]:
        yield "1", 1
        raise KeyError("no key")

    with pytest.raises(KeyError):
        list(mass.made(mass_makers.one, tasks()))
