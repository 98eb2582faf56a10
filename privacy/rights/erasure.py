"""The one runner of an erasure. It can be killed anywhere and goes on where it stopped.

1 line in the ledger of no, durable; 2 main: the person is closed, suppressed
and on the list of the erased, `erasure.intended`; 3 live calls end; 4 vault:
keys deleted, log file truncated; 5 main: stripped by the plan,
`erasure.keys_deleted`; 6 epoch turn; 7 read-back, `erasure.verified`,
certificate. What was announced is finished, whatever the case says: the ledger
outlives a restored backup. Later entries name the first one and the case, never
the person.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from privacy.actors import Act, Actor
from privacy.consent.suppression import suppress_for_erasure
from privacy.desk import Desk
from privacy.errors import BadInput, Fault, Interrupted, KeyMissing, MachineFailed
from privacy.rights import (
    certificate,
    erasing_store,
    execution,
    holds,
    people_store,
    plan,
    planning,
    recipients,
    runner,
    store,
)
from privacy.rights.case import Event, Kind, State, Step, after
from privacy.rights.erasure_tags import Looked, chunks, look, packed, tags_in
from privacy.rights.package import copy_store
from privacy.rights.plan import Kept
from privacy.rights.runner import Doing, Job, Marks
from privacy.rights.store import Case, NewEvent
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, LedgerKind
from privacy.vault.epochs import turn
from privacy.vault.erase import (
    bytes_left,
    commitment,
    delete_keys,
    keys_by_class,
    keys_left,
    wraps_of,
)
from privacy.vault.ledger import Line, new_line

RECOVERY_ACTOR = "rightsdesk"
WAIT_S = 30.0
LOOK_AGAIN_S = 0.2


def run(desk: Desk, actor: Actor, request_id: str, *, wait_s: float = WAIT_S) -> Case:
    """Carry out the approved plan, or go on with an erasure that was interrupted.

    `wait_s`: how long to wait for a live call, and for processes that hold the old keys.
    NotNow before the approval, or if a merge changed whom the plan applies to; Denied under
    a legal hold; Interrupted while a call is live; MachineFailed while another process holds
    the old keys: run it again.
    """
    actor.require(Act.ERASE)
    with runner.alone(desk, request_id):
        with desk.reading() as db:
            case = store.case(db, request_id)
        if case.kind is not Kind.ERASURE:
            raise BadInput("That request is no erasure.", what=request_id)
        if case.state is not State.RUNNING:
            after(request_id, case.kind, case.state, Step.RUN)
        lines = lines_of(desk, request_id)
        if not lines:
            try:
                lines = _announce(desk, actor, case)
            except holds.Held:
                _note_held(desk, actor, case)
                raise
        _Erasure.of(desk, actor.id, request_id, lines).go(wait_s)
        with desk.reading() as db:
            return store.case(db, request_id)


def _note_held(desk: Desk, actor: Actor, case: Case) -> None:
    """So that `rightsdesk work` goes on when the hold ends."""

    def job(unit: Unit) -> None:
        if case.id not in {each.id for each in erasing_store.held_cases(unit.db)}:
            store.tell(unit, case.id, actor.id, NewEvent(Event.HELD))
            unit.append("erasure.held", actor.id, request=case.id)

    desk.write(job)


def released(desk: Desk) -> list[str]:
    """Approved erasures that a hold stopped and no hold stops any more: due for `work`."""
    with desk.reading() as db:
        held = erasing_store.held_cases(db)
    return [
        case.id
        for case in held
        if not holds.of_people(desk, [case.subject_id or 0], case.id, RECOVERY_ACTOR)
    ]


def retire(
    desk: Desk, actor: Actor, persons: Sequence[tuple[str, int]], *, wait_s: float = WAIT_S
) -> int:
    """Erase persons whose retention has ended: (scope for the ledger, subject id) each.

    Without a request, under one epoch turn; what a statutory ground keeps is kept. Killed
    anywhere, what was announced goes on when the desk opens. How many were erased.
    """
    actor.require(Act.ERASE)
    with runner.alone(desk, "retention"):
        begun: list[_Erasure] = []
        for scope, subject_id in persons:
            with desk.reading() as db:
                people = people_store.merged_set(db, subject_id)
            if not people:
                continue
            looked = look(desk, actor.id, people, scope)
            kept = plan.kept_note(planning.kept_of(desk, people, looked.regions))
            lines = _write_lines(desk, looked, scope, kept)
            each = _Erasure.of(desk, actor.id, scope, lines)
            each.destroy(wait_s)
            begun.append(each)
        for each in begun:
            each.prove(wait_s)
    return len(begun)


def carry(desk: Desk, line: Line) -> None:
    """Finish an erasure that the ledger of no announced; for recovery when a desk opens.

    Leaves it open, without an error, while another process erases or holds the old
    keys, or while a call is live: the next opening goes on.
    """
    with erasing_store.alone(desk) as mine:
        if not mine:
            return
        lines = lines_of(desk, line.scope)
        with desk.reading() as db:
            if line.id in erasing_store.done_lines(db, [line.id]):
                return
        try:
            _Erasure.of(desk, RECOVERY_ACTOR, line.scope, lines).go(0.0)
        except (Interrupted, MachineFailed):
            return


def lines_of(desk: Desk, request_id: str) -> list[Line]:
    """The ledger's lines of one erasure."""
    return [
        line
        for line in desk.ledger.lines()
        if line.kind is LedgerKind.ERASURE and line.scope == request_id
    ]


def _announce(desk: Desk, actor: Actor, case: Case) -> list[Line]:
    """Step 1: check once more, then one line a person with the tags, made durable."""
    with desk.reading() as db:
        execution.may_execute(db, case.id)
    looked = planning.refuse_changed(desk, actor, case)
    planned = plan.from_document(json.loads(case.plan))
    return _write_lines(desk, looked, case.id, plan.kept_note(planned.kept))


def _write_lines(desk: Desk, looked: Looked, request_id: str, kept: str) -> list[Line]:
    """A line a person and 24 tags; each says how many there are, so that a torn write shows."""
    tags = looked.tags
    parts = [(subject, chunk) for subject in sorted(tags) for chunk in chunks(tags[subject])]
    now = desk.now()
    with desk.reading() as db:
        size = desk.log.head(db).size
    lines = [
        new_line(
            LedgerKind.ERASURE,
            now,
            size,
            subject=subject_id,
            tag=packed(chunk),
            scope=request_id,
            note=f"{len(parts)}|{kept}",
        )
        for subject_id, chunk in parts
    ]
    desk.ledger.append_many(lines)
    return lines


def _whole(desk: Desk, actor_id: str, lines: list[Line]) -> list[Line]:
    """The lines; written again for the whole merged set if a crash tore their writing.

    Nobody is closed yet then, because step 2 follows the last line.
    """
    total, _, kept = lines[0].note.partition("|")
    if len(lines) >= int(total):
        return lines
    with desk.reading() as db:
        people = people_store.merged_set(db, int(lines[0].subject))
    looked = look(desk, actor_id, people, lines[0].scope)
    return [*lines, *_write_lines(desk, looked, lines[0].scope, kept)]


@dataclass
class _Erasure:
    """One erasure that the ledger has announced, from step 2 on."""

    desk: Desk
    actor_id: str
    request_id: str
    lines: list[Line]
    people: tuple[int, ...]
    kept: tuple[Kept, ...]
    wraps: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, desk: Desk, actor_id: str, request_id: str, lines: list[Line]) -> _Erasure:
        lines = _whole(desk, actor_id, lines)
        people = tuple(sorted({int(line.subject) for line in lines}))
        kept = plan.kept_of_note(lines[0].note.partition("|")[2])
        return cls(desk, actor_id, request_id, lines, people, kept)

    @property
    def destroyed(self) -> list[KeyClass]:
        held = {each.key_class for each in self.kept}
        return [c for c in (*plan.ALWAYS_DESTROYED, *plan.MAY_BE_KEPT) if c not in held]

    def go(self, wait_s: float) -> None:
        self.destroy(wait_s)
        self.prove(wait_s)

    def destroy(self, wait_s: float) -> None:
        """Steps 2 to 5."""
        self.wraps = wraps_of(self.desk.vault, self.people, self.destroyed)
        doings = (Doing((1, 2), self._close), Doing((3, 4, 5), lambda: self._destroy(wait_s)))
        runner.execute(self.desk, self.request_id, doings)

    def prove(self, wait_s: float) -> None:
        """Steps 6 and 7."""
        doings = (Doing((6, 7), lambda: self._prove(wait_s)),)
        runner.execute(self.desk, self.request_id, doings)

    def _close(self) -> Job:
        """Steps 1 and 2: what the ledger announced, in one transaction of main."""
        tags = tags_in(line.tag for line in self.lines)
        wraps = commitment(self.wraps)
        counted = json.dumps(self._keys_by_class(), sort_keys=True)
        told = recipients.note(self.desk, self.people)

        def job(unit: Unit) -> Marks:
            suppress_for_erasure(unit, sorted(tags))
            erasing_store.close_subjects(unit, self.people)
            erasing_store.add_erased_tags(unit, {tag for tag, _ in tags})
            erasing_store.forget_earlier_calls(unit, {tag for tag, _ in tags})
            entry = unit.append(
                "erasure.intended",
                self.actor_id,
                request=self.request_id,
                subjects=self._pseudonyms(unit),
                object=wraps,
                count=len(self.people),
            )
            if store.exists(unit.db, self.request_id):
                store.set_values(unit, self.request_id, state=State.RUNNING.value)
                store.tell(unit, self.request_id, self.actor_id, NewEvent(Event.STARTED))
            return {1: (entry, told), 2: (entry, counted)}

        return job

    def _keys_by_class(self) -> dict[str, int]:
        """How many keys of each class the person has before any is deleted."""
        classes = (*plan.ALWAYS_DESTROYED, *plan.MAY_BE_KEPT)
        return keys_by_class(self.desk.vault, self.people, classes)

    def _pseudonyms(self, unit: Unit) -> list[str]:
        try:
            return self.desk.vault.pseudonyms(self.people, {}, unit.now)
        except KeyMissing:
            # After a restore the keys are under an epoch that no longer exists.
            return []

    def _wait_for_calls(self, wait_s: float) -> None:
        """Step 3: the gateway stops what rings; a talking call may end by itself."""
        end = time.monotonic() + wait_s
        while live := self._live():
            if time.monotonic() >= end:
                raise Interrupted(
                    f"{live} call to the person has not ended; no key was destroyed yet.",
                    what=self.request_id,
                    next="The person is closed already. Run the command again: it goes on.",
                )
            time.sleep(LOOK_AGAIN_S)

    def _live(self) -> int:
        with self.desk.reading() as db:
            return people_store.live_attempts(db, self.people, self.desk.now())

    def _destroy(self, wait_s: float) -> Job:
        """Steps 3 and 4, then step 5 in one transaction that tells all three."""
        self._wait_for_calls(wait_s)
        vault = self.desk.vault
        with self.desk.reading() as db:
            # While the requests still lead to the person.
            copied = copy_store.live_of(db, self.people)
        delete_keys(vault, self.people, self.destroyed)
        delete_keys(vault, copied, [KeyClass.CASE])
        vault.refresh()
        epoch = vault.epoch

        def job(unit: Unit) -> Marks:
            done = erasing_store.steps(unit.db, self.request_id)
            changed = erasing_store.strip(unit, self.request_id, self.people, self.kept)
            changed["package_copy"] = copy_store.destroy(unit, copied)
            entry = unit.append(
                "erasure.keys_deleted",
                self.actor_id,
                request=self.request_id,
                object=done[2].entry_id,
                fields=[key_class.value for key_class in self.destroyed],
                count=sum(changed.values()),
            )
            return {number: (entry, str(epoch)) for number in (3, 4, 5)}

        return job

    def _turn(self, wait_s: float) -> int:
        """Step 6: until the epoch under which the keys were deleted is destroyed."""
        with self.desk.reading() as db:
            epoch = int(erasing_store.steps(db, self.request_id)[5].detail)
        while True:
            with self.desk.reading() as db:
                if erasing_store.epoch_destroyed(db, epoch) is not None:
                    return epoch
            turn(self.desk.vault, self.actor_id, wait_s=wait_s)

    def _prove(self, wait_s: float) -> Job:
        """Step 6, then the read-back. Fault if anything is left: then nothing is certified."""
        epoch = self._turn(wait_s)
        keys = keys_left(self.desk.vault, self.people, self.destroyed)
        found = bytes_left(self.desk.vault.writes.engine, self.wraps) if self.wraps else None
        with self.desk.reading() as db:
            rows = erasing_store.rows_left(db, self.people, self.kept)
            turned = erasing_store.epoch_destroyed(db, epoch) or ""
        if keys or found or rows:
            raise Fault(
                f"After the erasure {keys} keys, {found or 0} wraps and {rows} rows are left.",
                what=self.request_id,
                next="Nothing was certified. Please report this; running it again goes on.",
            )

        def job(unit: Unit) -> Marks:
            done = erasing_store.steps(unit.db, self.request_id)
            entry = unit.append(
                "erasure.verified",
                self.actor_id,
                request=self.request_id,
                object=done[2].entry_id,
                outcome="read back: absent" if found == 0 else "read back: no key row",
            )
            # The certificate is made of the marked steps.
            erasing_store.mark(unit, self.request_id, 6, turned, str(epoch))
            erasing_store.mark(unit, self.request_id, 7, entry)
            erasing_store.carried_out(unit, [line.id for line in self.lines])
            self._fulfil(unit, epoch, found)
            return {}

        return job

    def _fulfil(self, unit: Unit, epoch: int, found: int | None) -> None:
        if not store.exists(unit.db, self.request_id):
            return
        text = certificate.make(unit, self.request_id, epoch, self.kept, found)
        store.move(
            unit,
            self.request_id,
            Step.FULFIL,
            certificate=text,
            certificate_sha256=plan.digest(text),
            outcome="erased",
        )
        store.tell(unit, self.request_id, self.actor_id, NewEvent(Event.FULFILLED))
