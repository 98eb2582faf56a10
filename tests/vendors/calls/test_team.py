"""However many processes judge an import, the audit says the same."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from privacy.errors import MachineFailed
from privacy.vendors.calls import audit as audits
from privacy.vendors.calls import team
from privacy.vendors.calls.audit import audit, document
from privacy.vendors.calls.checks import Found
from privacy.vendors.calls.tally import Row
from privacy.vendors.calls.team import Team
from tests.desks import MadeDesk
from tests.vendors.calls.test_audit_at_a_desk import imported

Heard = list[tuple[Row, Found]]


def audited(made: MadeDesk, import_id: str) -> tuple[bytes, Heard]:
    """The document's bytes, and every breach as it was told."""
    heard: Heard = []
    found = audit(
        made.desk,
        made.dpo,
        import_id,
        count=False,
        tell=lambda row, one: heard.append((row, one)),
    )
    return json.dumps(document(found)).encode(), heard


@pytest.mark.serial
def test_two_processes_say_what_one_says_in_whole_and_in_parts(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id, _ = imported(made, tmp_path)
    alone, heard = audited(made, import_id)
    assert heard, "breaches are planted"
    monkeypatch.setattr(team, "ALONE", 0)
    assert audited(made, import_id) == (alone, heard)
    monkeypatch.setattr(audits, "PART", 30)
    in_parts, also_heard = audited(made, import_id)
    assert in_parts == alone
    assert sorted(also_heard, key=repr) == sorted(heard, key=repr)


@pytest.mark.serial
def test_a_process_that_ends_is_an_error_and_leaves_none_behind(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id, _ = imported(made, tmp_path)
    monkeypatch.setattr(team, "ALONE", 0)
    begun: list[Team] = []
    enter = Team.__enter__

    def ended(self: Team) -> Team:
        enter(self)
        begun.append(self)
        for process in self._processes:
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
        return self

    monkeypatch.setattr(Team, "__enter__", ended)
    with pytest.raises(MachineFailed, match="judges calls ended"):
        audit(made.desk, made.dpo, import_id, count=False)
    assert not any(process.is_alive() for one in begun for process in one._processes)
