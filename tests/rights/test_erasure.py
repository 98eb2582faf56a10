"""Erasing a person: closed first, keys destroyed, stripped, proved; on both stores."""

from __future__ import annotations

from privacy.rights import erasure
from privacy.rights.case import Kind, State
from tests.desks import MadeDesk
from tests.rights.flows import person_with


def test_an_approved_erasure_ends_fulfilled(store: MadeDesk) -> None:
    brought = person_with(store, Kind.ERASURE)
    case = erasure.run(store.desk, store.dpo, brought.case.id)
    assert case.state is State.FULFILLED
    assert case.subject_id is None
    print(case.certificate)
