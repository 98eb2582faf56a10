"""Why a call ended, as the SIP code that the states of an attempt know. Pure.

PBXs speak ITU-T Q.850; RFC 3398, section 8.2.6.1, gives the SIP code of each. A code of
SIP's own is taken where the PBX tells one: Q.850 has no word for 607 (unwanted).
"""

from __future__ import annotations

import re

from dialer.lines.port import NotReady

UNKNOWN = "500"
SIP_CODE = re.compile(r"[3-6]\d\d")
NUMBER = re.compile(r"\+?[0-9]{3,15}")
BY_Q850 = {
    1: "404",
    2: "404",
    3: "404",
    16: "480",
    17: "486",
    18: "408",
    19: "480",
    20: "480",
    21: "603",
    22: "410",
    26: "404",
    27: "502",
    28: "484",
    31: "480",
    34: "503",
    38: "503",
    41: "503",
    42: "503",
    102: "504",
}


def sip_cause(q850: object, sip: object = "") -> str:
    """The SIP code of an end: its own where told, else by Q.850; 500 for what nobody knows."""
    told = str(sip or "")
    if SIP_CODE.fullmatch(told):
        return told
    return BY_Q850.get(int(str(q850)) if str(q850).isdecimal() else 0, UNKNOWN)


def is_number(number: str) -> bool:
    """Whether it can be dialled; anything else could say more to a PBX than a number."""
    return NUMBER.fullmatch(number) is not None


def not_ready(what: str) -> NotReady:
    """Nothing was redeemed, nothing was sent."""
    return NotReady(
        "No trunk can take a call now.", what=what, next="Nothing was redeemed; it is tried again."
    )
