"""Letters on any way that hypothesis finds: the desk knows of each what really happened to it."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from privacy.errors import RightsdeskError
from privacy.rights import (
    bounces,
    outbox,
    posting,
    print_runs,
    sending,
    sending_store,
    store,
    unsent,
)
from privacy.rights.bounces import Ended
from privacy.rights.case import Event, Kind, NotNow
from privacy.rights.letter_state import Form, LetterState
from privacy.rights.letters import writing
from privacy.rights.mail import Undelivered
from privacy.rights.mail_message import Letter
from privacy.rights.print_runs import Press
from reports.joining import Joined
from tests.desks import make_desk
from tests.rights.bounced_mail import standard
from tests.rights.flows import opened
from tests.rights.letter_rows import HOME, MAILBOX, entries, letter_of, put_letter
from tests.rights.papers import paper

SENDER = "privacy@retail.example"
EVENT = {"type": "identity_requested"}
NUMBERS = st.integers(0, 3)


class LettersOnTheirWay(RuleBasedStateMachine):
    """What is expected of every letter, beside what the desk says."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.made = make_desk(Path(self.folder.name))
        self.states: dict[str, LetterState] = {}
        self.forms: dict[str, Form] = {}
        self.requests: dict[str, str] = {}
        self.sent: Counter[str] = Counter()
        self.runs: dict[str, list[str]] = {}
        self.files = 0

    def teardown(self) -> None:
        self.made.desk.close()
        self.folder.cleanup()

    def chosen(self, number: int) -> str:
        return list(self.states)[number % len(self.states)]

    @precondition(lambda self: len(self.states) < 4)
    @rule(form=st.sampled_from(Form))
    def write(self, form: Form) -> None:
        case = opened(self.made.desk, self.made.handler, Kind.ACCESS)
        to = {**HOME, **MAILBOX}
        kind = "identity_request"
        letter = put_letter(self.made, case, kind=kind, form=form, event=EVENT, to=to)
        self.states[letter], self.forms[letter] = LetterState.APPROVED, form
        self.requests[letter] = case.id

    @precondition(lambda self: self.states)
    @rule(number=NUMBERS)
    def queue(self, number: int) -> None:
        letter = self.chosen(number)
        able = self.forms[letter] is Form.EMAIL and self.states[letter] is LetterState.APPROVED
        try:
            sending.queue(self.made.desk, self.made.handler, letter, lambda _: Letter("x", "y"))
        except RightsdeskError:
            assert not able
        else:
            assert able
            self.states[letter] = LetterState.QUEUED

    @rule(refused=st.booleans())
    def work(self, refused: bool) -> None:
        def transport(_mail: object) -> None:
            if refused:
                raise Undelivered("recipient", for_good=True)

        outbox.send_due(self.made.desk, self.made.handler, transport, SENDER)
        for letter, state in self.states.items():
            if state is LetterState.QUEUED:
                self.states[letter] = LetterState.RETURNED if refused else LetterState.SENT
                self.sent[letter] += not refused

    @precondition(lambda self: self.states)
    @rule(number=NUMBERS)
    def bounce(self, number: int) -> None:
        letter = self.chosen(number)
        message = letter_of(self.made, letter).message_id
        if message is None:
            return
        found = bounces.take(self.made.desk, self.made.handler, standard(message))
        assert (found.what is Ended.BOUNCED) is (self.states[letter] is LetterState.SENT)
        if found.what is Ended.BOUNCED:
            self.states[letter] = LetterState.RETURNED

    @precondition(lambda self: self.states)
    @rule(number=NUMBERS, form=st.sampled_from(Form))
    def again(self, number: int, form: Form) -> None:
        letter = self.chosen(number)
        able = self.states[letter] is LetterState.RETURNED
        try:
            sending.again(self.made.desk, self.made.handler, letter, form)
        except NotNow:
            assert not able
        else:
            assert able
            self.states[letter], self.forms[letter] = LetterState.APPROVED, form

    @precondition(lambda self: self.states)
    @rule(number=NUMBERS)
    def hand_over(self, number: int) -> None:
        letter = self.chosen(number)
        able = self.states[letter] is LetterState.APPROVED
        try:
            sending.handed_over(self.made.desk, self.made.handler, letter)
        except NotNow:
            assert not able
        else:
            assert able
            self.states[letter] = LetterState.SENT
            self.sent[letter] += 1

    @precondition(lambda self: self.states)
    @rule(number=NUMBERS)
    def cancel(self, number: int) -> None:
        letter = self.chosen(number)
        try:
            writing.cancel(self.made.desk, self.made.handler, letter)
        except NotNow:
            assert self.states[letter] in (LetterState.SENT, LetterState.CANCELLED)
        else:
            assert self.states[letter] is not LetterState.SENT
            self.states[letter] = LetterState.CANCELLED

    @precondition(lambda self: (Form.POST, LetterState.APPROVED) in self.standing())
    @rule(duplex=st.booleans())
    def print_all(self, duplex: bool) -> None:
        self.files += 1
        press = Press(lambda letter: paper(1, letter), lambda both: Joined(duplex=both))
        out = Path(self.folder.name) / f"{self.files}.pdf"
        run = print_runs.make(self.made.desk, self.made.handler, out, press, duplex=duplex)
        chosen = [
            each
            for each in self.states
            if (self.forms[each], self.states[each]) == (Form.POST, LetterState.APPROVED)
        ]
        assert run.letters == len(chosen)
        self.runs[run.id] = chosen
        self.states.update(dict.fromkeys(chosen, LetterState.PRINTED))

    @precondition(lambda self: self.runs)
    @rule()
    def post(self) -> None:
        run_id, letters = self.runs.popitem()
        letters = [each for each in letters if self.states[each] is LetterState.PRINTED]
        found = posting.post(self.made.desk, self.made.handler, run_id)
        assert found.letters == len(letters)
        self.states.update(dict.fromkeys(letters, LetterState.SENT))
        self.sent.update(letters)

    def standing(self) -> set[tuple[Form, LetterState]]:
        return {(self.forms[each], self.states[each]) for each in self.states}

    @invariant()
    def the_desk_knows_where_every_letter_is(self) -> None:
        for letter, state in self.states.items():
            assert letter_of(self.made, letter).state is state
        with self.made.desk.reading() as db:
            back = {each.letter.id for each in unsent.returned(db)}
            printable = set(sending_store.to_print(db))
        assert back == {x for x in self.states if self.states[x] is LetterState.RETURNED}
        assert printable == {
            x
            for x in self.states
            if (self.forms[x], self.states[x]) == (Form.POST, LetterState.APPROVED)
        }

    @invariant()
    def every_sending_is_logged_and_the_clock_hears_of_the_first(self) -> None:
        logged = Counter(
            str(entry["object"]).split()[0] for entry in entries(self.made, "letter.sent")
        )
        assert logged == +self.sent
        with self.made.desk.reading() as db:
            for letter, request_id in self.requests.items():
                told = [
                    event
                    for event in store.timeline(db, request_id)
                    if event.type is Event.IDENTITY_REQUESTED
                ]
                assert len(told) == min(self.sent[letter], 1)


TestLettersOnTheirWay = LettersOnTheirWay.TestCase
TestLettersOnTheirWay.settings = settings(max_examples=5, stateful_step_count=25)
