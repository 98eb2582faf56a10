"""Import of a vendor's call records: read, seal, count, and say what is missing.

The same files with the same declaration change nothing; an import that broke off goes on
after its last committed chunk. What cannot be read goes to a file by line and reason. The
manifest (files, rows, period, zone, mapping) stands in the table and with its digest in the
log.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from privacy.actors import Act, Actor
from privacy.clock import instant, micros, rfc3339
from privacy.contacts.batches import alone
from privacy.contacts.rejects import RejectFile
from privacy.contacts.rows import Refusal
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.law.zones import tzdata_version
from privacy.vendors import store as vendors
from privacy.vendors.calls import store
from privacy.vendors.calls.collecting import rare_collections
from privacy.vendors.calls.completeness import Expected, Shortfall, Tally, shortfalls
from privacy.vendors.calls.declared import Declared, Ready, ready
from privacy.vendors.calls.export import Batch, Export, refuse_mixed
from privacy.vendors.calls.files import File, look_at
from privacy.vendors.calls.form import Format
from privacy.vendors.calls.formats.all import detect, named
from privacy.vendors.calls.gap_rows import RefusedRows
from privacy.vendors.calls.record import NAMES, CallChunk, Column, chunk_of
from privacy.vendors.calls.same_calls import Known, contents_of
from privacy.vendors.calls.sense import OPT_OUT_IN_THE_FUTURE

# Checks that rest on what is stated of an export.
STATED = frozenset({"period", "empty_days", "invoice", "clock"})
SCHEMA = "rightsdesk.vendor-call-manifest/1"
CLOCK_TOLERANCE_US = 2_000_000
SAME_ID = "id_of_another_call"

Progress = Callable[[str, int, int], None]


def no_progress(_what: str, _done: int, _of: int) -> None:
    """For callers that show none."""


@dataclass(frozen=True)
class Looked:
    """An export that can be read: its files, format and declaration."""

    files: tuple[File, ...]
    form: Format
    export: Export
    ready: Ready


@dataclass(frozen=True)
class Imported:
    """What became of an export. `unchanged`: it stood there already, no call was touched.

    `restated`: period, invoice or clock were stated anew of it, and the checks made again.
    """

    record: store.Import
    unchanged: bool = False
    restated: bool = False
    resumed_at_chunk: int | None = None
    rejects: Path | None = None

    @property
    def manifest(self) -> dict[str, Any]:
        return dict(self.record.manifest)

    @property
    def gaps(self) -> list[dict[str, Any]]:
        """Checks of completeness that found something."""
        return [each for each in self.manifest["completeness"] if each["verdict"] == "gap"]

    def document(self) -> dict[str, Any]:
        return {
            "import": self.record.document(),
            "unchanged": self.unchanged,
            "restated": self.restated,
            "resumed_at_chunk": self.resumed_at_chunk,
            "rejects": str(self.rejects) if self.rejects else None,
            "manifest": self.manifest,
        }


def look(paths: Sequence[Path], declared: Declared, desk_region: str = "") -> Looked:
    """Open the files, know their format, and refuse what must be declared first. BadInput."""
    if not paths:
        raise BadInput("No file is named.", what="FILE", next="Give the vendor's export.")
    # In the order of their digests: however the files are named, an export is the same.
    found = {file.sha256: file for file in _looked_at(paths)}
    files = tuple(found[digest] for digest in sorted(found))
    parts = [part for file in files for part in file.parts]
    if declared.form:
        form = named(declared.form)
    elif declared.mapping is not None:
        form = named("mapped")
    else:
        form = refuse_mixed([detect(part.head()) for part in parts])
    prepared = ready(declared, desk_region)
    export = Export(form, prepared.reading, parts)
    export.refuse_without_zone()
    return Looked(files, form, export, prepared)


def _looked_at(paths: Sequence[Path]) -> Iterator[File]:
    for number, path in enumerate(paths, 1):
        try:
            yield look_at(path)
        except BadInput as bad:
            # By its place: a file's name may hold somebody's.
            if len(paths) > 1:
                bad.what = f"file {number} of {len(paths)}"
            raise


def import_calls(
    desk: Desk,
    actor: Actor,
    vendor_id: str,
    looked: Looked,
    *,
    rejects: Path | None = None,
    replace: str = "",
    progress: Progress = no_progress,
) -> Imported:
    """Store an export. Denied, NotFound, BadInput, or DeskInUse while another import runs.

    `replace` names an import of the same files that was read wrongly: its calls go.
    """
    actor.require(Act.ASSESS_VENDOR)
    with desk.reading() as db:
        vendor = vendors.vendor(db, vendor_id)
    with alone(desk), rare_collections():
        return _Import(desk, actor, vendor.id, looked, rejects, progress).run(replace)


class _Import:
    """One run over one export."""

    def __init__(
        self,
        desk: Desk,
        actor: Actor,
        vendor_id: str,
        looked: Looked,
        rejects: Path | None,
        progress: Progress,
    ) -> None:
        self._desk, self._actor, self._vendor_id = desk, actor, vendor_id
        self._looked, self._progress = looked, progress
        self._export = looked.export
        first = self._export.parts[0].path
        self._rejects = RejectFile.beside(first, rejects, desk.folder)
        zone = looked.ready.declared.zone or desk.config.controller.zone
        self._tally = Tally(zone)
        self._known = self._future = self._kept = 0
        self._odd: Counter[str] = Counter()
        self._refused = RefusedRows()

    def run(self, replace: str) -> Imported:
        earlier = self._earlier(replace)
        if earlier is not None and earlier.state == store.DONE:
            return stated_again(self._desk, self._actor, earlier, self._looked.ready, self._tally)
        if earlier is None:
            self._refuse_beside_another()
        total = self._export.look(lambda done: self._progress("Looking", done, 0))
        found = earlier or self._begin()
        with self._desk.reading() as db:
            stored = store.chunks_stored(db, found.id)
        known = store.known_calls(self._desk, self._actor, self._vendor_id, found.id)
        # As when it began: an import that goes on must find the same calls in the future.
        now = found.started_at
        with self._rejects.opened(None):
            batches = self._export.batches(lambda done: self._progress("Importing", done, total))
            for number, batch in enumerate(batches):
                self._take(found, number, batch, known, now, stored)
            left = self._rejects.finish()
        done = self._finish(found)
        return Imported(done, resumed_at_chunk=stored if earlier else None, rejects=left)

    def _earlier(self, replace: str) -> store.Import | None:
        """The import of the same files: one that goes on, one that is done, or None."""
        looked = self._looked
        digests = [file.sha256 for file in looked.files]
        settings = looked.ready.settings(looked.form, digests)
        with self._desk.reading() as db:
            found = store.same_files(db, self._vendor_id, digests)
        same = [each for each in found if each.settings_sha256 == settings]
        other = [each for each in found if each.settings_sha256 != settings]
        for each in other:
            if each.id != replace and each.state == store.DONE and not same:
                raise BadInput(
                    "A file of this export was imported before, and declared otherwise.",
                    what=each.id,
                    next=f"If that import was read wrongly, give --replace {each.id}.",
                )
        if replace:
            if replace not in {each.id for each in other}:
                raise BadInput(
                    "That is no other import of these files.",
                    what="--replace",
                    next="See `rightsdesk vendor calls list`.",
                )
            store.replace(self._desk, self._actor, replace)
        return same[0] if same else None

    def _refuse_beside_another(self) -> None:
        """Half of an export counts nowhere: another one could take its calls for known."""
        with self._desk.reading() as db:
            broken = store.listed(db, self._vendor_id, store.RUNNING)
        for each in broken:
            raise BadInput(
                "An import of this vendor broke off and is not finished.",
                what=each.id,
                next="Give its files with the same declarations again, or give it up:"
                f" rightsdesk vendor calls drop {each.id}.",
            )

    def _begin(self) -> store.Import:
        looked = self._looked
        given = [store.Given(file.sha256, file.size) for file in looked.files]
        settings = looked.ready.settings(looked.form, [file.sha256 for file in looked.files])
        return store.begin(
            self._desk, self._actor, self._vendor_id, looked.form.name, settings, given
        )

    def _take(
        self,
        found: store.Import,
        number: int,
        batch: Batch,
        known: Known,
        now: datetime,
        stored: int,
    ) -> None:
        """One chunk: what was told before or lies in the future is left out, the rest kept.

        A call that only shares its id with one that was told before is another call.
        """
        chunk = chunk_of(batch.calls)
        latest_us = micros(now) + CLOCK_TOLERANCE_US
        future = chunk.at_us > latest_us
        before = np.isin(contents_of(chunk), known.contents)
        same_id = np.isin(chunk.digest, known.keys) & ~before
        self._odd[SAME_ID] += int((same_id & ~future).sum())
        refusals = [
            *batch.refusals,
            *(Refusal(int(row), "at", "in_the_future") for row in chunk.row[future]),
        ]
        self._future += int(future.sum())
        self._known += int((before & ~future).sum())
        chunk = self._opted_out_by_now(chunk.only(~(future | before)), latest_us)
        self._tally.add(chunk, batch.sequences)
        self._kept += len(chunk)
        self._refused.add(refusals)
        self._rejects.write(sorted(refusals, key=lambda refusal: refusal.line))
        if number >= stored:
            store.keep(self._desk, self._actor, found, number, chunk)

    def _opted_out_by_now(self, chunk: CallChunk, latest_us: int) -> CallChunk:
        """An opt-out that lies in the future was told in its call: it holds from there on."""
        late = chunk.opt_out_us > latest_us
        self._odd[OPT_OUT_IN_THE_FUTURE] += int(late.sum())
        ended_us = np.maximum(chunk.at_us, np.minimum(chunk.ended_us, latest_us))
        return replace(chunk, opt_out_us=np.where(late, ended_us, chunk.opt_out_us))

    def _finish(self, found: store.Import) -> store.Import:
        tally = self._tally
        period = (tally.first_us, tally.last_us)
        manifest = self._manifest()
        return store.finish(self._desk, self._actor, found, self._kept, period, manifest)

    def _manifest(self) -> dict[str, Any]:
        looked, tally, counts = self._looked, self._tally, self._export.counts
        refused = counts.refused + self._future
        odd = +(self._odd + Counter(counts.odd))
        checks: list[Shortfall] = shortfalls(
            tally,
            looked.ready.expected(looked.form),
            self._export.rows_of_part,
            refused,
            (self._export.pages, self._export.last_pages),
            odd,
            self._known,
        )
        rows = {**counts.document(), "refused": refused, "known": self._known}
        rows["calls"] = self._kept
        rows["odd"] = dict(sorted(odd.items()))
        if self._future:
            rows["reasons"]["in_the_future"] = self._future
        return {
            "schema": SCHEMA,
            "vendor": self._vendor_id,
            "format": looked.form.name,
            "files": [{"sha256": each.sha256, "size": each.size} for each in looked.files],
            "declared": looked.ready.document(),
            "tzdata": tzdata_version(),
            "columns": columns_of(tally.has),
            "rows": rows,
            "period": self._period(),
            "dispositions": tally.dispositions,
            "refused_rows": self._refused.document(),
            "completeness": [self._refused.beside(each.document()) for each in checks],
        }

    def _period(self) -> dict[str, str | None]:
        tally, told = self._tally, self._looked.ready.declared
        return {
            "declared_from": told.first.isoformat() if told.first else None,
            "declared_to": told.last.isoformat() if told.last else None,
            "found_from": None if tally.first_us is None else rfc3339(instant(tally.first_us)),
            "found_to": None if tally.last_us is None else rfc3339(instant(tally.last_us)),
        }


def stated_again(
    desk: Desk, actor: Actor, found: store.Import, told: Ready, tally: Tally
) -> Imported:
    """The same export, of which more may be stated now: an invoice that came later.

    What was not stated now stays as it was. The calls are counted again in their chunks.
    """
    manifest = copy.deepcopy(dict(found.manifest))
    period, declared = manifest["period"], manifest["declared"]
    before = (period["declared_from"], period["declared_to"], declared["invoiced"])
    stated = told.declared
    period["declared_from"] = _day(stated.first) or before[0]
    period["declared_to"] = _day(stated.last) or before[1]
    declared["invoiced"] = before[2] if stated.invoiced is None else stated.invoiced
    clock = stated.clock or declared["clock"]
    after = (period["declared_from"], period["declared_to"], declared["invoiced"])
    if after == before and clock == declared["clock"]:
        return Imported(found, unchanged=True)
    declared["clock"] = clock
    for chunk in store.chunks(desk, actor, found.id):
        tally.add(chunk)
    first, last = (date.fromisoformat(day) if day else None for day in after[:2])
    needed = any(each["code"] == "clock" for each in manifest["completeness"])
    expected = Expected(first, last, declared["invoiced"], clock, needed)
    fresh = {each.code: each.document() for each in shortfalls(tally, expected, (), 0)}
    manifest["completeness"] = [
        fresh[each["code"]] if each["code"] in STATED else each for each in manifest["completeness"]
    ]
    return Imported(store.restate(desk, actor, found, manifest), unchanged=True, restated=True)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def columns_of(bits: int) -> list[str]:
    """Names of the columns of those bits, in the order of the record."""
    return [name for column, name in NAMES.items() if bits & Column(column)]
