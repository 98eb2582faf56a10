"""Any order of codes, guesses and time: five comparisons a code, only the living one proves."""

from __future__ import annotations

import json
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from privacy.rights import identity, identity_code
from privacy.rights.case import Kind, NotNow, State
from privacy.rights.identity import CODE_LIFE, CODE_TRIES, Claims
from privacy.rights.identity_code import CODES_A_DAY
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from tests.desks import make_desk
from tests.persons import add_person
from tests.rights import mailbox
from tests.rights.flows import MAIL, NUMBER, opened
from tests.rights.test_authority import now


class Codes(RuleBasedStateMachine):
    """The desk beside a model of one case: the code that lives, its tries, codes of a day."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.made = make_desk(Path(self.folder.name))
        self.known = add_person(self.made.desk, NUMBER, MAIL)
        self.case = opened(self.made.desk, self.made.handler, Kind.ERASURE)
        self.code = ""
        self.old: list[str] = []
        self.until: datetime | None = None
        self.tries = 0
        self.compared = 0
        self.made_at: list[datetime] = []

    def teardown(self) -> None:
        self.made.desk.close()
        self.folder.cleanup()

    @property
    def open(self) -> bool:
        """Whether a guess is still compared."""
        return self.until is not None and self.tries > 0 and self.made.clock.at <= self.until

    @rule(known=st.booleans())
    def make(self, known: bool) -> None:
        claims = Claims(email=MAIL if known else "nobody.at.all@example.com")
        day = [at for at in self.made_at if at >= self.made.clock.at - timedelta(days=1)]
        try:
            identity.send_code(self.made.desk, self.made.handler, self.case.id, claims)
        except NotNow:
            assert len(day) == CODES_A_DAY
            return
        assert len(day) < CODES_A_DAY
        self.old += [self.code] if self.code else []
        self.made_at.append(self.made.clock.at)
        self.code = (
            mailbox.code_of(self.made.desk, self.made.handler, self.case.id) if known else ""
        )
        self.until, self.tries = self.made.clock.at + CODE_LIFE, CODE_TRIES

    def guess(self, code: str) -> int | None:
        if self.open:
            self.tries -= 1
            self.compared += 1
        return identity_code.try_code(self.made.desk, self.made.handler, self.case.id, code)

    @rule(wrong=st.from_regex(r"[0-9]{8}", fullmatch=True))
    def guess_wrongly(self, wrong: str) -> None:
        if wrong != self.code:
            assert self.guess(wrong) is None

    @precondition(lambda self: self.old)
    @rule(data=st.data())
    def guess_an_old_one(self, data: st.DataObject) -> None:
        code = data.draw(st.sampled_from(self.old))
        if code != self.code:
            assert self.guess(code) is None

    @precondition(lambda self: self.code)
    @rule()
    def give_the_right_one(self) -> None:
        living = self.open
        proved = self.guess(self.code)
        assert (proved == self.known.subject_id) is living
        if living:
            self.old.append(self.code)
            self.code, self.until = "", None

    @rule(minutes=st.sampled_from([1, 5, 9, 11, 60, 60 * 25]))
    def wait(self, minutes: int) -> None:
        self.made.clock.advance(timedelta(minutes=minutes))

    @invariant()
    def the_log_tells_each_comparison(self) -> None:
        table = table_of(AuditEntry)
        with self.made.desk.reading() as db:
            bodies = db.execute(
                select(table.c.body).where(table.c.action == "request.code_tried")
            ).scalars()
            told = [json.loads(bytes(body))["outcome"] for body in bodies]
        assert told.count("compared") == self.compared
        assert now(self.made, self.case).state is State.OPEN


TestCodes = Codes.TestCase
TestCodes.settings = settings(max_examples=8, stateful_step_count=14, deadline=None)
