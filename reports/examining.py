"""Everything that can be checked of a report from its file alone, one row a check.

What contradicts itself fails. What only needs somebody else's word, a root certificate or
a key of the log, is not proven until that is given, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from privacy.errors import Altered, AnswerIsNo, BadInput, NotProven
from reports import log_proof, reading
from reports.canonical import sha256_hex
from reports.log_proof import Proof
from reports.reading import Verified
from reports.signing import checking, revisions
from reports.signing.checking import Signature, Signer

MADE = "report.made"
SIGNED = b"/ByteRange"


class Outcome(StrEnum):
    """`not compared` is no fault: nothing was given to compare with."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_PROVEN = "not proven"
    NOT_COMPARED = "not compared"


@dataclass(frozen=True)
class Check:
    """One check: what was looked at, how it ended, and what was found."""

    name: str
    outcome: Outcome
    found: str


@dataclass(frozen=True)
class Trust:
    """What the reader knows from elsewhere: certificates (DER), verifier keys of the log."""

    roots: tuple[bytes, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass
class Checks:
    """The checks in order, and what they say together."""

    checks: list[Check] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """3 if anything fails, else 1 if anything is not proven, else 0."""
        outcomes = {check.outcome for check in self.checks}
        if Outcome.FAILS in outcomes:
            return Altered.exit_code
        return AnswerIsNo.exit_code if Outcome.NOT_PROVEN in outcomes else 0

    @property
    def vouched_for(self) -> bool:
        """Whether something from outside the file was compared and holds."""
        compared = {check.name: check.outcome for check in self.checks}
        return Outcome.HOLDS in (compared.get("certificate"), compared.get("log key"))

    def run(self, name: str, check: Callable[[], str]) -> None:
        """Add the row of one check; its errors of ours are its outcome."""
        try:
            self.checks.append(Check(name, Outcome.HOLDS, check()))
        except Altered as refused:
            self.checks.append(Check(name, Outcome.FAILS, refused.message))
        except AnswerIsNo as unproven:
            self.checks.append(Check(name, Outcome.NOT_PROVEN, str(unproven)))

    def log_key(self, proof: Proof, keys: Sequence[str]) -> None:
        """Whether the checkpoint is signed by a key that the reader knows."""
        text = str(proof.verifier)
        if not keys:
            found = f"the key stands in the file alone: {text}; compare with --key or --bundle"
            self.checks.append(Check("log key", Outcome.NOT_COMPARED, found))
            return

        def known() -> str:
            log_proof.refuse_unknown_key(proof, keys)
            return f"one that you gave: {text}"

        self.run("log key", known)

    def certificate(self, signer: Signer, proof: Proof | None) -> None:
        """Whose certificate, and whether anybody vouches for it."""
        shown = f"{signer.subject}; SHA-256 {signer.fingerprint}"
        if signer.self_issued and proof is not None:

            def logged() -> str:
                log_proof.refuse_other_certificate(proof, signer.fingerprint)
                return "self-issued; the log names it as the desk's"

            self.run("certificate entry", logged)
        if signer.trusted is None:
            found = f"{shown}; nobody vouches for it here: compare it, or give --trust"
            self.checks.append(Check("certificate", Outcome.NOT_COMPARED, found))
            return

        def trusted() -> str:
            if not signer.trusted:
                raise NotProven(f"It does not lead to a certificate that you gave: {shown}.")
            return f"{shown}; leads to one that you gave"

        self.run("certificate", trusted)


@dataclass
class Examined(Checks):
    """The checks of a report and what they read; None where it was not read."""

    verified: Verified = field(kw_only=True)
    signature: Signature | None = None
    proof: Proof | None = None
    logged_at: datetime | None = None


def examine(pdf: bytes, trust: Trust, now: datetime) -> Examined:
    """Check a file in every way that it allows.

    Raises BadInput for a file that is none of ours, and Altered where its data contradict
    each other: then there is nothing that the other checks could be about.
    """
    first = revisions.first_revision(pdf)
    try:
        seen = Examined(verified=reading.verify(first))
    except BadInput:
        if SIGNED in pdf:
            raise _altered("its data cannot be read any more") from None
        raise
    figures = len(seen.verified.figures)
    seen.run("data", lambda: f"SHA-256 {seen.verified.data_sha256}")
    seen.run("figures", lambda: f"{figures} computed again from data.json")
    seen.run("pages", lambda: _pages(seen.verified))
    if first == pdf:
        seen.run("signature", lambda: _unsigned(seen.verified))
        return seen
    seen.run("updates", lambda: _updates(pdf))
    seen.run("log entry", lambda: _entry(seen, pdf, first))
    seen.run("signature", lambda: _signature(seen, pdf, trust, now))
    if seen.proof is not None:
        proof = seen.proof
        seen.run("printed checkpoint", lambda: _printed(seen, proof))
        seen.log_key(proof, trust.keys)
    if seen.signature is not None:
        seen.certificate(seen.signature.signer, seen.proof)
        _stamp(seen, seen.signature, trust.roots)
    return seen


def _pages(verified: Verified) -> str:
    if verified.same_bytes:
        return "made again from the data, the same bytes"
    if verified.same_versions:
        raise _altered("the pages are not those that the data give")
    raise NotProven(
        "The pages cannot be made again here.",
        what="pages",
        next="Install the versions that document.json names under made_with.",
    )


def _unsigned(verified: Verified) -> str:
    if verified.seal is not None:
        raise _altered("its last page says that it is signed, and the signature is gone")
    raise NotProven(
        "Nobody signed this document.", what="signature", next="Ask the desk for a signed one."
    )


def _updates(pdf: bytes) -> str:
    revisions.refuse_changes(pdf)
    return "only proof, signature and stamps were added to the document"


def _entry(seen: Examined, pdf: bytes, first: bytes) -> str:
    proof = log_proof.read(revisions.proof_of(pdf))
    at = log_proof.entry_of(proof, MADE, sha256_hex(first), seen.verified.kind)
    seen.proof, seen.logged_at = proof, at
    return f"in {proof.checkpoint.origin}, under a checkpoint of {proof.checkpoint.size} entries"


def _signature(seen: Examined, pdf: bytes, trust: Trust, now: datetime) -> str:
    found = checking.check(pdf, roots=trust.roots, at=seen.logged_at or now)
    seal = seen.verified.seal
    if seal is None:
        raise _altered("its last page says that it is not signed")
    if (seal.certificate_sha256, seal.level) != (found.signer.fingerprint, found.level):
        raise _altered("it is signed with another certificate, or otherwise, than it says")
    seen.signature = found
    return f"PAdES {found.level}, over the whole file; {found.reason}"


def _printed(seen: Examined, proof: Proof) -> str:
    log_proof.refuse_other_anchor(proof, seen.verified.anchor)
    return f"size {seen.verified.anchor.size} is an earlier state of the same log"


def _stamp(seen: Examined, signature: Signature, roots: Sequence[bytes]) -> None:
    stamp = signature.stamp
    if stamp is None:
        return
    said = "self-made, proves no time to others" if stamp.self_made else "by an authority"
    shown = f"{stamp.at.isoformat()}, {stamp.authority}; {said}"
    if stamp.trusted:
        seen.run("time stamp", lambda: f"{shown}; leads to a certificate that you gave")
    else:
        last = "leads to none that you gave" if roots else "not compared: give --trust"
        outcome = Outcome.NOT_PROVEN if roots else Outcome.NOT_COMPARED
        seen.checks.append(Check("time stamp", outcome, f"{shown}; {last}"))


def _altered(how: str) -> Altered:
    return Altered(
        f"The document was changed: {how}.",
        what="document",
        next="Ask whoever made it for the original; do not rely on this copy.",
    )
