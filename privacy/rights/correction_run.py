"""Carrying out a rectification: it can be killed at each step and goes on where it stopped.

1 what the person refused at an old number or e-mail holds at the new one, in the
ledger of no before the new one exists; 2 and 3 index rows, then one transaction that
replaces the profile and keeps the one before; 4 the old index rows go; 5 who is to
be told is listed. Consent does not travel: it was given for the old number, and
nobody knows that whoever answers the new one would give it (GDPR Article 7(1)).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from privacy.actors import Actor
from privacy.consent import store as consent_store
from privacy.consent import suppression
from privacy.consent.ledger import RecordKind
from privacy.desk import Desk
from privacy.errors import Interrupted
from privacy.rights import correction, correction_store, people_store, recipients, runner, store
from privacy.rights.case import NotNow
from privacy.rights.correcting import changes_of, codes_of, held_of, people_of
from privacy.rights.correction import Change, Corrected, Held
from privacy.rights.runner import Doing, Job, Marks
from privacy.rights.store import Case
from privacy.storage.number_locks import lock_numbers
from privacy.storage.unit import Unit
from privacy.terms import ContactKind, KeyClass, OpeningPurpose
from privacy.vault import reindexing
from privacy.vault.sealing import Part, Place

SOURCE = "rectification"
OUTCOME = "corrected"


def run(desk: Desk, actor: Actor, request_id: str) -> Case:
    """Carry out an approved rectification, or go on where a crash left it.

    NotNow if the data is not as it was approved; Interrupted while a call to the person is
    live: run it again.
    """
    return runner.run(
        desk,
        actor,
        request_id,
        lambda case: doings(desk, actor, case),
        outcome=OUTCOME,
    )


def doings(desk: Desk, actor: Actor, case: Case) -> list[Doing]:
    """The steps of the runner; see `STEPS`."""
    work = _Work(desk, actor, case)
    return [
        Doing((1,), work.refusals),
        Doing((2, 3), work.write),
        Doing((4,), work.unindex),
        Doing((5,), work.recipients),
    ]


@dataclass
class _Work:
    """One rectification that runs. Every step reads the proposal anew: a crash forgets nothing."""

    desk: Desk
    actor: Actor
    case: Case

    def refusals(self) -> Job:
        """What was refused at an old point is refused at the new one, before it exists."""
        self._refuse_unapproved()
        changes = self._changes()
        for change in changes:
            if change.point_id and change.new_point:
                self._refuse_too(change)

        def job(unit: Unit) -> Marks:
            entry = unit.append(
                "correction.begun", self.actor.id, request=self.case.id, count=len(changes)
            )
            return {1: (entry, "")}

        return job

    def _refuse_too(self, change: Change) -> None:
        kind = ContactKind(change.field)
        old = suppression.tag_of(self.desk, kind, change.old)
        new = suppression.tag_of(self.desk, kind, change.new)
        with self.desk.reading() as db:
            refused = suppression.last_opt_outs(db, [old, new])
            held = consent_store.of_subjects(db, [change.subject_id])
        if old in refused and new not in refused:
            suppression.opt_out_tag(self.desk, self.actor.id, new, kind, source=SOURCE)
        there = {
            (r.purpose, r.channel)
            for _, r in held
            if r.kind is RecordKind.WITHDRAWAL and r.point_id == change.new_point
        }
        for _, record in held:
            said = (record.purpose, record.channel)
            mine = record.kind is RecordKind.WITHDRAWAL and record.point_id == change.point_id
            if mine and said not in there:
                there.add(said)
                consent_store.withdraw(
                    self.desk,
                    self.actor,
                    change.subject_id,
                    change.new_point,
                    purpose=record.purpose,
                    channel=record.channel,
                    source=SOURCE,
                )

    def write(self) -> Job:
        """New index rows and sealed parts first; then one transaction of main."""
        changes = self._changes()
        people = people_of(self.desk, self.case)
        held = held_of(self.desk, self.actor, self.case, people)
        touched = {change.subject_id for change in changes}
        pairs = [
            (each, correction.apply(each, changes, self.desk.config.region))
            for each in held
            if each.subject_id in touched
        ]
        reindexing.add(
            self.desk.vault,
            [
                row
                for each, new in pairs
                for row in _rows(each.subject_id, new.profile, _numbers(new.calls))
            ],
        )
        with self.desk.reading() as db:
            versions = correction_store.versions(db, touched)
        sealed = [self._sealed(each, new, versions[each.subject_id]) for each, new in pairs]
        fields = codes_of(sorted({change.field for change in changes}))
        tags = {
            self.desk.vault.keyring.tags.number_tag(str(call["number"]))
            for each, _ in pairs
            for call in each.calls.values()
        }

        def job(unit: Unit) -> Marks:
            lock_numbers(unit.db, tags)
            live = people_store.live_attempts(unit.db, people, unit.now)
            if live:
                raise Interrupted(
                    f"{live} call to the person has not ended; nothing was corrected yet.",
                    what=self.case.id,
                    next="Run the command again: it goes on.",
                )
            for one in sealed:
                one.write(unit, self.case.id)
            entry = unit.append(
                "contact.corrected",
                self.actor.id,
                request=self.case.id,
                subjects=self.desk.vault.pseudonyms(touched, {}, unit.now),
                fields=fields,
                count=len(changes),
            )
            return {2: (entry, ""), 3: (entry, "")}

        return job

    def _sealed(self, held: Held, new: Corrected, version: int) -> _Sealed:
        vault, subject = self.desk.vault, held.subject_id
        before = json.dumps({"profile": held.profile, "phones": new.numbers_gone()})
        profile, history = vault.seal_parts(
            KeyClass.DESK,
            [
                (
                    Place(Part.PROFILE, subject, subject, version + 1),
                    json.dumps(new.profile).encode(),
                ),
                (Place(Part.PROFILE_HISTORY, subject, subject, version), before.encode()),
            ],
        )
        with self.desk.reading() as db:
            present = correction_store.phone_versions(db, list(new.calls))
        phones = [
            (
                Place(Part.PHONE, subject, point, present.get(point, 0) + 1),
                json.dumps(call).encode(),
            )
            for point, call in new.calls.items()
        ]
        return _Sealed(
            subject,
            version,
            profile.sealed,
            history.sealed,
            {
                part.place.row_id: (part.place.version, part.sealed)
                for part in (vault.seal_parts(KeyClass.CALL, phones) if phones else [])
            },
            new,
        )

    def unindex(self) -> Job:
        """Old index rows go; a row that an old and a new value share stays."""
        people = people_of(self.desk, self.case)
        with self.desk.reading() as db:
            replaced = [
                one
                for one in correction_store.history(db, people)
                if one.part.place.holder_id in {c.subject_id for c in self._changes()}
            ]
        opened = self.desk.vault.open(
            [one.part for one in replaced],
            self.actor.id,
            OpeningPurpose.RIGHTS_REQUEST,
            request=self.case.id,
        )
        now = [
            row
            for each in held_of(self.desk, self.actor, self.case, people)
            for row in _rows(each.subject_id, each.profile, _numbers(each.calls))
        ]
        before = [
            row
            for one in replaced
            for document in [json.loads(opened[one.part.place])]
            for row in _rows(
                one.part.place.holder_id,
                document["profile"],
                {int(point): number for point, number in document["phones"].items()},
            )
        ]
        reindexing.drop(self.desk.vault, before, keep=now)

        def job(unit: Unit) -> Marks:
            entry = unit.append("correction.reindexed", self.actor.id, request=self.case.id)
            return {4: (entry, "")}

        return job

    def recipients(self) -> Job:
        """Who is to be told (GDPR Article 19; 11 CCR 7023(c)); the proposal goes."""
        told = recipients.of(self.desk, people_of(self.desk, self.case))

        def job(unit: Unit) -> Marks:
            correction_store.drop(unit, self.case.id)
            entry = unit.append(
                "correction.done", self.actor.id, request=self.case.id, count=len(told)
            )
            return {5: (entry, json.dumps([each.document() for each in told]))}

        return job

    def _changes(self) -> list[Change]:
        with self.desk.reading() as db:
            found = correction_store.proposal(db, self.case.id)
        return changes_of(self.desk, self.actor, self.case, found)

    def _refuse_unapproved(self) -> None:
        """NotNow if the proposal is not the one that the approved plan names."""
        with self.desk.reading() as db:
            found = correction_store.proposal(db, self.case.id)
            case = store.case(db, self.case.id)
        if json.loads(case.plan).get("correction") != found.digest:
            raise NotNow(
                "What is proposed is not what was approved; nothing was corrected.",
                what=self.case.id,
                next="Plan it again and have it approved.",
            )


@dataclass(frozen=True)
class _Sealed:
    """One subject's new parts, ready to be written."""

    subject_id: int
    version: int
    profile: bytes
    history: bytes
    phones: dict[int, tuple[int, bytes]]
    new: Corrected

    def write(self, unit: Unit, request_id: str) -> None:
        correction_store.replace_profile(
            unit, request_id, self.subject_id, self.version, self.profile, self.history
        )
        correction_store.write_phones(unit, self.subject_id, self.phones)
        for point, kind, _ in self.new.come:
            if kind == ContactKind.EMAIL:
                correction_store.add_point(unit, self.subject_id, point, ContactKind.EMAIL, None)
        if self.new.gone:
            correction_store.drop_points(unit, [point for point, _, _ in self.new.gone])


def _numbers(calls: Mapping[int, Mapping[str, Any]]) -> dict[int, str]:
    return {point: str(call["number"]) for point, call in calls.items()}


def _rows(
    subject_id: int, profile: Mapping[str, Any], numbers: Mapping[int, str]
) -> list[reindexing.Row]:
    """Everything by which a subject with that profile and those numbers is found."""
    rows = [("phone", number, subject_id, point) for point, number in numbers.items()]
    rows += [
        ("email", str(mail["address"]), subject_id, int(mail["point"]))
        for mail in profile["emails"]
    ]
    if profile.get("surname_key"):
        rows.append(("surname", str(profile["surname_key"]), subject_id, 0))
    return rows
