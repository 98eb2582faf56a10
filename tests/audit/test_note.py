"""Notes, verifier keys and checkpoints against published vectors and fuzz."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.audit.note import Checkpoint, Note, Signer, Verifier
from privacy.audit.tree import hash_leaf, root_hash
from privacy.errors import VerificationError
from tests.audit.vectors import b64, group, vectors

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def peters_note() -> str:
    found = group("signed_note")[1]["note"]
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize("case", group("signed_note"), ids=lambda case: str(case["name"]))
def test_published_notes_are_verified(case: dict[str, Any]) -> None:
    keys = [Verifier.parse(text) for text in case.get("vkeys", [case.get("vkey")])]
    note = Note.parse(case["note"].encode())
    assert note.verify(keys) == tuple(keys)
    for key in keys:
        assert note.verify([key]) == (key,)


def test_signing_gives_the_published_bytes() -> None:
    case = group("signed_note")[1]
    signer = Signer("PeterNeumann", bytes.fromhex(case["published_test_seed_hex"]))
    assert str(signer.verifier()) == case["vkey"]
    text, _, _ = case["note"].rpartition("\n\n")
    assert signer.sign(text + "\n") == case["note"].encode()


def _bad_notes() -> list[tuple[str, bytes]]:
    """The published bad notes; three of them are told in words."""
    good = peters_note()
    head, _, line = good.rpartition("\n\n")
    built = {
        "101 signatures": (head + "\n\n" + line * 101).encode(),
        "4 base64 chars ABCD": (head + "\n\n" + line[:60] + "ABCD" + line[60:]).encode(),
    }
    found = []
    for case in group("signed_note_must_fail"):
        name = case["name"]
        if name.startswith("same vkey"):
            continue
        made = next((data for start, data in built.items() if name.startswith(start)), None)
        prefix = bytes.fromhex(case.get("note_prefix_hex", ""))
        found.append((name, made if made is not None else prefix + case["note"].encode()))
    return found


@pytest.mark.parametrize(("name", "data"), _bad_notes())
def test_published_bad_notes_are_refused(name: str, data: bytes) -> None:
    with pytest.raises(VerificationError):
        Note.parse(data).verify([Verifier.parse(PETER)])


def test_every_published_note_and_key_is_run() -> None:
    assert len(_bad_notes()) + 1 == len(group("signed_note_must_fail")) == 11
    counts = {
        "signed_note": 4,
        "vkey_must_parse": 10,
        "vkey_must_fail": 5,
        "checkpoint_text": 1,
        "checkpoint_must_fail": 8,
        "tlog_proof_must_fail": 6,
    }
    assert {name: len(vectors()[name]) for name in counts} == counts


def test_one_key_given_twice_is_refused() -> None:
    key = Verifier.parse(PETER)
    with pytest.raises(VerificationError):
        Note.parse(peters_note().encode()).verify([key, key])


@pytest.mark.parametrize("text", group("vkey_must_parse"))
def test_published_keys_are_read_and_written_alike(text: str) -> None:
    assert str(Verifier.parse(text)) == text


@pytest.mark.parametrize("text", group("vkey_must_fail"))
def test_published_bad_keys_are_refused(text: str) -> None:
    with pytest.raises(VerificationError):
        Verifier.parse(text)


@pytest.mark.parametrize("case", group("checkpoint_text"))
def test_published_checkpoints_are_read_and_written_alike(case: dict[str, Any]) -> None:
    checkpoint = Checkpoint.parse(case["text"])
    assert (checkpoint.origin, checkpoint.size) == (case["origin"], case["size"])
    assert checkpoint.root == b64(case["root_b64"])
    assert checkpoint.text() == case["text"]


@pytest.mark.parametrize("text", group("checkpoint_must_fail"))
def test_published_bad_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(VerificationError):
        Checkpoint.parse(text)


def test_a_whole_log_of_another_implementation_is_verified() -> None:
    known = group("tessera_log")
    key = Verifier.parse(known["vkey"])
    leaves = [hash_leaf(entry.encode()) for entry in known["entries_utf8"]]
    for size, text in enumerate(known["checkpoints_size_0_to_15"]):
        note = Note.parse(text.encode())
        note.verify([key])
        checkpoint = Checkpoint.parse(note.text)
        assert (checkpoint.size, checkpoint.root) == (size, root_hash(leaves[:size]))
    assert size == 15


def test_a_real_checkpoint_of_another_log_is_verified() -> None:
    known = group("rekor_v2_entry")
    key = Verifier.make(known["origin"], b64(known["ed25519_public_b64"]))
    Note.parse(known["checkpoint"].encode()).verify([key])


def test_the_structure_of_a_published_cosignature_is_read() -> None:
    known = group("cosignature_v1")
    text = group("checkpoint_text")[0]["text"]
    line = f"\u2014 {known['key_name']} {known['line_b64']}\n"
    (signature,) = Note.parse(f"{text}\n{line}".encode()).signatures
    assert len(signature.key_id + signature.blob) == known["decoded_len"]
    assert int.from_bytes(signature.blob[:8], "big") == known["timestamp"]


def test_a_cosignature_is_verified_over_its_time() -> None:
    from privacy.audit.note import COSIGNATURE

    signer = Signer("witness.example.com/w1", bytes(range(32)))
    key = Verifier.make(signer.name, signer.verifier().public_key, COSIGNATURE)
    text = group("checkpoint_text")[0]["text"]
    message = group("cosignature_v1")["signed_message_at_time_1679315147"]
    raw = Note.parse(signer.sign(message)).signatures[0].blob
    key.check(text.encode(), (1679315147).to_bytes(8, "big") + raw)
    with pytest.raises(VerificationError):
        key.check(text.encode(), (1679315148).to_bytes(8, "big") + raw)


@pytest.mark.parametrize("size", ["007", "+5", "1_0", " 12", "12 ", "\u0663", "", "-0", "1.0"])
def test_a_size_is_plain_decimal(size: str) -> None:
    root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    Checkpoint.parse(f"log\n5\n{root}\n")
    with pytest.raises(VerificationError):
        Checkpoint.parse(f"log\n{size}\n{root}\n")


@pytest.mark.parametrize(
    "root",
    [
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",  # padding bits that are not zero
        "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
        "47DEQpj8HBSa+/TImW+5 JCeuQeRkm5NMpJWZG3hSuFU=",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\r",
    ],
)
def test_base64_is_written_in_the_one_right_way(root: str) -> None:
    with pytest.raises(VerificationError):
        Checkpoint.parse(f"log\n5\n{root}\n")


def test_unknown_signatures_are_ignored_and_a_bad_known_one_refuses_all() -> None:
    other = Signer("another.example", bytes(32))
    head, _, line = peters_note().rpartition("\n\n")
    _, _, others = other.sign(head + "\n").decode().rpartition("\n\n")
    both = Note.parse(f"{head}\n\n{others}{line}".encode())
    assert both.verify([Verifier.parse(PETER)]) == (Verifier.parse(PETER),)
    _, _, wrong = other.sign("something else\n").decode().rpartition("\n\n")
    mixed = Note.parse(f"{head}\n\n{line}{wrong}".encode())
    assert mixed.verify([Verifier.parse(PETER)])
    with pytest.raises(VerificationError):
        mixed.verify([Verifier.parse(PETER), other.verifier()])


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda t: t.encode(errors="replace")))
def test_a_fuzzed_note_raises_only_our_error(data: bytes) -> None:
    with pytest.raises(VerificationError):
        Note.parse(data).verify([Verifier.parse(PETER)])


@given(st.data())
def test_a_note_with_one_changed_byte_is_refused(data: st.DataObject) -> None:
    good = peters_note().encode()
    place = data.draw(st.integers(0, len(good) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda v: v != good[place]))
    changed = good[:place] + bytes([value]) + good[place + 1 :]
    with pytest.raises(VerificationError):
        Note.parse(changed).verify([Verifier.parse(PETER)])


@given(st.text(max_size=120))
def test_fuzzed_keys_and_checkpoints_raise_only_our_error(text: str) -> None:
    for parse in (Verifier.parse, Checkpoint.parse):
        with pytest.raises(VerificationError):
            parse(text)
