"""What the gate's own rules say, in words for staff, and what they rest on.

The law's rules bring their reason and citation themselves; these are the desk's, which
come before it. One row a rule: a rule without a row is a fault of ours.
"""

from __future__ import annotations

from privacy.gateway import decide

OWN = "the desk's own rule"
# Allowed, but the candidate's turn has not come.
TURN = "gateway.turn"

# rule: what it says, what it rests on, what ends it.
WORDS: dict[str, tuple[str, str, str]] = {
    decide.ERASING: (
        "The person is erased, or the erasure has begun.",
        "GDPR Art. 17(1)",
        "Nothing: the person is not called again.",
    ),
    decide.RESTRICTED: (
        "The person's data is restricted.",
        "GDPR Art. 18(2)",
        "The end of the restriction.",
    ),
    decide.SUPPRESSED: (
        "The number opted out, or its person did.",
        "GDPR Art. 21(3); 47 CFR 64.1200(d)(3)",
        "Only a later express consent for this number, purpose and channel.",
    ),
    decide.HISTORY_UNKNOWN: (
        "After a restore, calls since the backup are not known yet.",
        OWN,
        "Time.",
    ),
    decide.CHANNEL: (
        "The person wants to be reached by other ways.",
        "GDPR Art. 21(2); " + OWN,
        "Another wish of the person.",
    ),
    decide.LANGUAGE: (
        "The campaign has no script in the person's language.",
        OWN,
        "A prompt in that language, or --language-fallback.",
    ),
    decide.MAX_ATTEMPTS: (
        "The campaign called this candidate as often as it may.",
        OWN,
        "Nothing in this campaign.",
    ),
    decide.LIVE_CALL: (
        "A call to this number is under way.",
        OWN,
        "The end of that call.",
    ),
    decide.MIN_GAP: (
        "The last call to this number is too near, whoever made it.",
        OWN,
        "Time.",
    ),
    decide.CAP: (
        "The number had as many calls as the campaign allows in its span, whoever made them.",
        OWN,
        "Time.",
    ),
    decide.PREFERRED: (
        "The person wants calls at other times.",
        OWN,
        "Time.",
    ),
    TURN: (
        "The law allows it now; the campaign's own next try comes later.",
        OWN,
        "Time.",
    ),
    decide.WINDOW: (
        "The hours end within five minutes: no telephone is to ring as they close.",
        OWN + ", beside the law's hours",
        "The next opening.",
    ),
    decide.BAD_FACTS: (
        "A fact about the call cannot be read, so nobody is called by it.",
        OWN,
        "A correction of the campaign's facts or the person's data.",
    ),
}


def reason(rule: str) -> str:
    """What a rule of the gate says; "" for a rule of the law."""
    return WORDS[rule][0] if rule in WORDS else ""


def citation(rule: str) -> str:
    """What a rule of the gate rests on; "" for a rule of the law."""
    return WORDS[rule][1] if rule in WORDS else ""


def ends_by(rule: str) -> str:
    """What would end a denial of the gate; "" for a rule of the law."""
    return WORDS[rule][2] if rule in WORDS else ""
