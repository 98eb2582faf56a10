"""Countries with several zones: all must be open, unless the number or the region says which.

Also the answers of the number library that are known to be wrong, each corrected by our
tables, and numbers that carry no place at all.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType, timezone

from privacy.law import places
from privacy.law.calling import answer
from privacy.law.pack import load_pack
from privacy.law.places import locate, remembering
from privacy.law.zones import zones_of_country
from tests.law.calls import EXPRESS, call

DATA = load_pack("calling").data
# Winter in the north and summer in the south, and the other way round.
SEASONS = (datetime(2026, 1, 20, 12, tzinfo=UTC), datetime(2026, 7, 20, 12, tzinfo=UTC))
MOBILE_AU, MOBILE_BR, MOBILE_RU = "+61412345678", "+5511987654321", "+79161234567"
MOBILE_ID, MOBILE_PT, MOBILE_ES = "+628123456789", "+351912345678", "+34612345678"
MOBILE_FR, MOBILE_KZ, MOBILE_CD = "+33612345678", "+77011234567", "+243812345678"
MEXICO_CITY, TIJUANA = "+525512345678", "+526641234567"


def clocks(number: str, region: str = "", **more: bool) -> set[tuple[timedelta | None, ...]]:
    """The clocks that the call is judged by: offsets from UTC in both seasons."""
    zones = locate(number, region, "", (), more.get("follow_codes", True)).zones
    assert zones
    return {offsets(key) for key in zones}


def offsets(key: str) -> tuple[timedelta | None, ...]:
    return tuple(season.astimezone(ZoneInfo(key)).utcoffset() for season in SEASONS)


# A number that may ring anywhere in its country, and two zones far apart in it.
ANYWHERE = [
    (MOBILE_AU, "Australia/Sydney", "Australia/Perth"),
    (MOBILE_RU, "Europe/Kaliningrad", "Asia/Kamchatka"),
    (MOBILE_ID, "Asia/Jakarta", "Asia/Jayapura"),
    (MOBILE_PT, "Europe/Lisbon", "Atlantic/Azores"),
    (MOBILE_ES, "Europe/Madrid", "Atlantic/Canary"),
    (MOBILE_CD, "Africa/Kinshasa", "Africa/Lubumbashi"),
    (MOBILE_KZ, "Asia/Almaty", "Asia/Aqtau"),
]


@pytest.mark.parametrize(("number", "west", "east"), ANYWHERE)
def test_a_mobile_may_be_anywhere_in_its_country(number: str, west: str, east: str) -> None:
    country = locate(number, "", "", (), True).places[0]
    assert clocks(number) >= {offsets(key) for key in zones_of_country(country)}
    assert {offsets(west), offsets(east)} <= clocks(number)


def test_no_mobile_of_any_country_leaves_out_a_clock_of_it() -> None:
    keeps_area = DATA["numbers_abroad"]["mobile_area_codes"]
    judged = 0
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        parsed = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
        if parsed is None or parsed.country_code == 1 or region in keeps_area:
            continue
        number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        found = locate(number, "", "", (), True)
        if found.line != "wireless":
            continue
        country = {offsets(key) for key in zones_of_country(found.places[0])}
        assert {offsets(key) for key in found.zones} >= country, region
        judged += 1
    assert judged > 150


# A number whose range names a part of the country: only that part's clock counts.
BY_RANGE = [
    ("+61291234567", {"Australia/Sydney"}),
    ("+61891234567", {"Australia/Perth", "Australia/Adelaide"}),
    (MOBILE_BR, {"America/Sao_Paulo"}),
    ("+556932123456", {"America/Manaus"}),
    ("+74951234567", {"Europe/Moscow"}),
    (MEXICO_CITY, {"America/Mexico_City"}),
    (TIJUANA, {"America/Tijuana"}),
    ("+62211234567", {"Asia/Jakarta"}),
    ("+351211234567", {"Europe/Lisbon"}),
    ("+351296123456", {"Atlantic/Azores"}),
    ("+351291123456", {"Atlantic/Madeira"}),
    ("+34911234567", {"Europe/Madrid"}),
    ("+34928123456", {"Atlantic/Canary"}),
    ("+77172123456", {"Asia/Almaty"}),
    ("+262262123456", {"Indian/Reunion"}),
    ("+590590123456", {"America/Guadeloupe"}),
    ("+16715550100", {"Pacific/Guam"}),
    ("+17875550100", {"America/Puerto_Rico"}),
    ("+13405550100", {"America/St_Thomas"}),
    ("+16845550100", {"Pacific/Pago_Pago"}),
    ("+16705550100", {"Pacific/Saipan"}),
]


@pytest.mark.parametrize(("number", "zones"), BY_RANGE)
def test_a_range_of_numbers_narrows_to_its_part(number: str, zones: set[str]) -> None:
    assert clocks(number) == {offsets(key) for key in zones}


# A number, the region of the address, and the zones that must be open with it.
BY_REGION = [
    (MOBILE_AU, "AU-WA", {"Australia/Perth", "Australia/Eucla"}),
    (MOBILE_AU, "AU-QLD", {"Australia/Brisbane"}),
    (MOBILE_ES, "ES-CN", {"Atlantic/Canary"}),
    (MOBILE_ES, "ES-MD", {"Europe/Madrid"}),
    (MOBILE_PT, "PT-20", {"Atlantic/Azores"}),
    (MOBILE_PT, "PT-11", {"Europe/Lisbon"}),
    # A number that keeps its area code, or of another part: both clocks.
    (MOBILE_BR, "BR-AC", {"America/Rio_Branco", "America/Sao_Paulo"}),
    (MOBILE_BR, "BR-SP", {"America/Sao_Paulo"}),
    (MOBILE_FR, "FR-974", {"Indian/Reunion", "Europe/Paris"}),
    (MOBILE_FR, "FR-971", {"America/Guadeloupe", "Europe/Paris"}),
    (MOBILE_FR, "FR-75", {"Europe/Paris"}),
    ("+61291234567", "AU-WA", {"Australia/Perth", "Australia/Eucla", "Australia/Sydney"}),
    ("+34911234567", "ES-CN", {"Atlantic/Canary", "Europe/Madrid"}),
]


@pytest.mark.parametrize(("number", "region", "zones"), BY_REGION)
def test_a_region_narrows_and_a_number_of_another_part_is_added(
    number: str, region: str, zones: set[str]
) -> None:
    assert clocks(number, region) == {offsets(key) for key in zones}


@pytest.mark.parametrize("number", [MEXICO_CITY, MOBILE_ID, MOBILE_RU, MOBILE_CD, MOBILE_KZ])
def test_a_region_that_our_table_does_not_know_leaves_the_whole_country(number: str) -> None:
    country = locate(number, "", "", (), True).places[0]
    whole = {offsets(key) for key in zones_of_country(country)}
    assert clocks(number, f"{country}-XYZ") >= whole


@pytest.mark.parametrize("region", DATA["region_zone"])
def test_a_region_of_the_table_has_a_clock_of_its_country(region: str) -> None:
    country = zones_of_country(region[:2])
    # Overseas parts of France have codes of their own in the zone table.
    own = {"971": "GP", "972": "MQ", "973": "GF", "974": "RE", "975": "PM", "976": "YT"}
    part = own.get(region[3:], region[3:])
    known = {offsets(key) for key in (*country, *zones_of_country(part))}
    assert {offsets(key) for key in DATA["region_zone"][region]} <= known


def allowed(number: str, at: datetime, **more: object) -> bool:
    found = answer(call(number, at.isoformat(), EXPRESS, **more))
    return bool(found["decision"] == "allow")


def test_an_australian_mobile_is_called_only_while_sydney_and_perth_are_open() -> None:
    # Telemarketing Standard 2017: weekdays 09:00-20:00; 24 November 2026 is a Tuesday.
    def at(hour: int, minute: int, zone: str) -> datetime:
        return datetime(2026, 11, 24, hour, minute, tzinfo=ZoneInfo(zone))

    assert not allowed(MOBILE_AU, at(9, 30, "Australia/Sydney"))
    assert allowed("+61291234567", at(9, 30, "Australia/Sydney"))
    assert allowed(MOBILE_AU, at(15, 0, "Australia/Sydney"))
    assert not allowed(MOBILE_AU, at(19, 0, "Australia/Perth"))
    assert allowed(MOBILE_AU, at(19, 0, "Australia/Perth"), region="AU-WA")
    # Eucla, in the same state, is three quarters of an hour ahead of Perth.
    assert not allowed(MOBILE_AU, at(19, 30, "Australia/Perth"), region="AU-WA")


def test_a_customer_on_reunion_with_a_mobile_of_france_is_not_called_at_night() -> None:
    # Code de la consommation D. 223-9: 10-13 and 14-20 in the consumer's time zone.
    paris = datetime(2026, 11, 24, 17, 30, tzinfo=ZoneInfo("Europe/Paris"))
    assert paris.astimezone(ZoneInfo("Indian/Reunion")).time() == time(20, 30)
    assert allowed(MOBILE_FR, paris)
    assert not allowed(MOBILE_FR, paris, region="FR-974")


@pytest.mark.parametrize("number", ["+17875550100", "+16715550100", "+13405550100"])
def test_a_territory_of_the_united_states_has_no_rules_here_and_is_denied(number: str) -> None:
    found = answer(call(number, "2026-11-24T16:00:00+00:00"))
    assert (found["decision"], found["deciding_rule"]) == ("deny", "conventions.no_rule")


# Section D of the reference: what the library says of a code, and the truth.
WRONG = [
    ("448", "FL overlay", {"America/New_York", "America/Chicago"}),
    ("364", "KY overlay", {"America/New_York", "America/Chicago"}),
    ("930", "IN overlay", {"America/New_York", "America/Chicago"}),
    ("458", "OR overlay", {"America/Los_Angeles", "America/Boise"}),
    ("850", "FL default Eastern", {"America/New_York", "America/Chicago"}),
    ("270", "KY default Eastern", {"America/New_York", "America/Chicago"}),
    ("812", "IN default Eastern", {"America/New_York", "America/Chicago"}),
    ("219", "IN nearly all Central, default Eastern", {"America/Chicago"}),
    ("423", "TN mostly Eastern, default Central", {"America/New_York", "America/Chicago"}),
    ("541", "OR Malheur is Mountain", {"America/Los_Angeles", "America/Boise"}),
    ("906", "MI four counties Central", {"America/New_York", "America/Chicago"}),
    ("928", "AZ Navajo has daylight time", {"America/Phoenix", "America/Denver"}),
    ("867", "Canada north", {"America/Edmonton", "America/Whitehorse", "America/Iqaluit"}),
]


@pytest.mark.parametrize(("code", "what", "truth"), WRONG, ids=[code for code, _, _ in WRONG])
def test_a_wrong_answer_of_the_number_library_is_corrected_by_our_table(
    code: str, what: str, truth: set[str]
) -> None:
    numbers = [f"+1{code}{exchange}0100" for exchange in range(200, 1000)]
    said = [timezone.time_zones_for_number(phonenumbers.parse(number)) for number in numbers]
    wanted = {offsets(key) for key in truth}
    lacking = [zones for zones in said if not wanted <= {offsets(key) for key in zones}]
    assert lacking, f"the library is right about {code} by now: {what}"
    assert all(clocks(number) >= wanted for number in numbers)


NO_PLACE = [
    "+18005550100", "+18335550100", "+18885550100", "+15005550100", "+15335550100",
    "+19005550100", "+447012345678", "+449012345678", "+448001234567", "+448451234567",
    "+447640123456", "+498001234567", "+4970012345678", "+33899123456", "+33801234567",
    "+80012345678", "+881612345678",
]  # fmt: skip


@pytest.mark.parametrize("number", NO_PLACE)
def test_toll_free_personal_premium_and_shared_numbers_carry_no_place(number: str) -> None:
    assert not locate(number, "", "", (), True).known
    found = answer(call(number, "2026-11-24T12:00:00+00:00"))
    assert found["decision"] == "deny"
    assert found["deciding_rule"].startswith(("conventions.unknown_location", "us-fed-texts"))


def test_an_address_gives_such_a_number_a_place_but_no_marketing() -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert locate("+448451234567", "GB", "", (), True).known
    assert not allowed("+448451234567", noon, region="GB")
    told = call("+448451234567", noon.isoformat(), EXPRESS, region="GB", campaign="informational")
    assert answer(told)["deciding_rule"] != "conventions.unknown_location"


def test_the_day_of_the_tests_is_a_working_day() -> None:
    assert date(2026, 11, 24).weekday() == 1


def test_numbers_are_remembered_within_a_block_only_and_placed_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbers = (MOBILE_ID, MOBILE_PT, MOBILE_FR, MEXICO_CITY)
    alone = [locate(number, "", "", (), True) for number in numbers]
    monkeypatch.setattr(places, "MOST_REMEMBERED", 3)
    with remembering(), remembering():
        twice = [locate(number, "", "", (), True) for number in (*numbers, *numbers)]
        assert twice == alone * 2
        assert 0 < len(places._remembered.numbers or ()) <= 3
    assert places._remembered.numbers is None
