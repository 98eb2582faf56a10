"""The revisions of a signed file: what came first, and that what followed changes no page.

A file of ours is a document and then updates. The document is made again from its data, so
only the edges that lead from it to what is new matter: the catalog may gain attachments,
form and permissions, the name tree a name, a page an invisible signature field. Everything
else that an update touches is refused, whoever signed it.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from privacy.errors import Altered
from reports.signing.making import PROOF_FILE
from reports.signing.pdfs import readable, reader

END = b"%%EOF\n"
CATALOG_MAY_GAIN = {"/AF", "/AcroForm", "/Perms", "/DSS", "/Extensions"}
FORM_KEYS = {"/Fields", "/SigFlags"}
FIELD_KEYS = {"/FT", "/T", "/Type", "/Subtype", "/F", "/Rect", "/P", "/TU", "/V"}
MOST_PROOF_BYTES = 1 << 22


def first_revision(pdf: bytes) -> bytes:
    """The document as it was before any update; the whole file if there was none."""
    end = pdf.find(END)
    return pdf if end < 0 else pdf[: end + len(END)]


def proof_of(pdf: bytes) -> bytes:
    """The attachment that proves the place in the log. Altered if there is not exactly one."""
    with readable("signed file"):
        names = reader(pdf).root["/Names"]["/EmbeddedFiles"]["/Names"]
        found = [names[at + 1] for at in range(0, len(names), 2) if names[at] == PROOF_FILE]
        if len(found) == 1 and set(found[0]["/EF"]) == {"/F", "/UF"}:
            content: bytes = found[0]["/EF"]["/F"].data
            same = found[0]["/EF"].raw_get("/F") == found[0]["/EF"].raw_get("/UF")
            if same and len(content) <= MOST_PROOF_BYTES:
                return content
    raise _changed(f"it does not carry one {PROOF_FILE}")


def refuse_changes(pdf: bytes) -> None:
    """Altered unless the updates add only attachment, signature, stamps and revocation data."""
    with readable("signed file"):
        first, whole = reader(first_revision(pdf)), reader(pdf)
        before = first.xrefs.explicit_refs_in_revision(0)
        known = {(ref.idnum, ref.generation) for ref in before}
        for revision in range(1, whole.total_revisions):
            freed = whole.xrefs.refs_freed_in_revision(revision)
            if known & {(ref.idnum, ref.generation) for ref in freed}:
                raise _changed("an update removes something")
        touched = {
            (ref.idnum, ref.generation)
            for revision in range(1, whole.total_revisions)
            for ref in whole.xrefs.explicit_refs_in_revision(revision)
        }
        if first.total_revisions != 1 or whole.total_revisions < 2:
            raise _changed("its revisions cannot be told apart")
        _refuse_trailer(first, whole)
        for number, generation in sorted(known & touched):
            _refuse_object(first, whole, number, generation)
        _refuse_form(whole)


def _refuse_trailer(first: Any, whole: Any) -> None:
    for key in ("/Root", "/Info"):
        here, there = (
            each.trailer.raw_get(key) if key in each.trailer else None for each in (first, whole)
        )
        if _bytes(here) != _bytes(there):
            raise _changed(f"an update names another {key[1:]}")
    if "/Encrypt" in whole.trailer:
        raise _changed("an update encrypts it")


def _refuse_object(first: Any, whole: Any, number: int, generation: int) -> None:
    old, new = (_object(each, number, generation) for each in (first, whole))
    if _bytes(old) == _bytes(new):
        return
    if number == first.trailer.raw_get("/Root").idnum:
        _refuse_catalog(old, new)
    elif isinstance(old, dict) and _at(old, "/Type", "") == "/Page":
        _refuse_page(old, new)
    elif number in _lists_of_files(first):
        _refuse_names(old, new)
    else:
        raise _changed("an update replaces a part of the pages or of the attached data")


def _refuse_catalog(old: Any, new: Any) -> None:
    for key in set(old) | set(new):
        same = key in old and key in new and _bytes(old.raw_get(key)) == _bytes(new.raw_get(key))
        if not same and key not in CATALOG_MAY_GAIN:
            raise _changed(f"an update changes {key} of the catalog")
    if "/AF" in new and not _goes_on(old["/AF"], new["/AF"]):
        raise _changed("an update takes an attachment away")


def _refuse_page(old: Any, new: Any) -> None:
    for key in set(old) | set(new):
        same = key in old and key in new and _bytes(old.raw_get(key)) == _bytes(new.raw_get(key))
        if not same and key != "/Annots":
            raise _changed(f"an update changes {key} of a page")
    before, after = _at(old, "/Annots", []), _at(new, "/Annots", [])
    if not _goes_on(before, after):
        raise _changed("an update takes an annotation away")
    for at in range(len(before), len(after)):
        _refuse_field(after[at])


def _refuse_form(whole: Any) -> None:
    form = _at(whole.root, "/AcroForm", {})
    if not set(form) <= FORM_KEYS:
        raise _changed("an update adds a form")
    fields = _at(form, "/Fields", [])
    for at in range(len(fields)):
        _refuse_field(fields[at])


def _refuse_field(field: Any) -> None:
    """Only an invisible signature field: no area, no action."""
    plain = set(field) <= FIELD_KEYS and _at(field, "/FT", "") == "/Sig"
    if not plain or any(float(side) != 0 for side in _at(field, "/Rect", [1])):
        raise _changed("an update adds something that can be seen")


def _lists_of_files(first: Any) -> set[int]:
    """Numbers of the objects that hold the name tree's list of attachments."""
    tree = first.root["/Names"].raw_get("/EmbeddedFiles")
    found = [tree, tree.get_object().raw_get("/Names")]
    return {each.idnum for each in found if hasattr(each, "idnum")}


def _refuse_names(old: Any, new: Any) -> None:
    """The list of names may gain the proof, in its place; nothing else."""
    if isinstance(old, dict) and set(old) == set(new) == {"/Names"}:
        old, new = old["/Names"], new["/Names"]
    added = [at for at in range(0, len(new), 2) if new[at] == PROOF_FILE]
    kept = [_bytes(new.raw_get(at)) for at in range(len(new)) if at - at % 2 not in added]
    if len(added) > 1 or kept != [_bytes(old.raw_get(at)) for at in range(len(old))]:
        raise _changed("an update takes an attachment away")


def _goes_on(old: Any, new: Any) -> bool:
    """Whether the list `new` begins with all of `old`."""
    is_list: bool = isinstance(new, list)
    if not is_list or len(new) < len(old):
        return False
    return all(_bytes(old.raw_get(at)) == _bytes(new.raw_get(at)) for at in range(len(old)))


def _at(held: Any, key: str, otherwise: Any) -> Any:
    """What stands under a key, behind its reference (the library's own `get` stops before)."""
    return held[key] if key in held else otherwise  # noqa: SIM401


def _object(handler: Any, number: int, generation: int) -> Any:
    from pyhanko.pdf_utils.generic import Reference

    return handler.get_object(Reference(number, generation, handler))


def _bytes(value: Any) -> bytes:
    """A PDF object as one spelling of it: keys in order, streams with their content."""
    held: Any = value
    if isinstance(value, dict):
        inside = b"".join(key.encode() + b" " + _bytes(held.raw_get(key)) for key in sorted(value))
        data = getattr(value, "encoded_data", None)
        return b"<<" + inside + b">>" + (b"" if data is None else b"stream" + data)
    if isinstance(value, list):
        return b"[" + b" ".join(_bytes(held.raw_get(at)) for at in range(len(value))) + b"]"
    if value is None:
        return b"null"
    out = BytesIO()
    value.write_to_stream(out, None)
    return out.getvalue()


def _changed(how: str) -> Altered:
    return Altered(
        f"The file was changed after it was made: {how}.",
        what="document",
        next="Ask whoever made it for the original; do not rely on this copy.",
    )
