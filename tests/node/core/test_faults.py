"""Every reason for caution, by name, worst first."""

from dataclasses import replace

import pytest

from node.core.faults import FaultName, Severity, find, worst
from tests.factories.home import (
    CALENDAR_S,
    NOW_S,
    battery,
    chain_view,
    observation,
    relay_view,
    stamp,
)
from tests.factories.settings import fault_settings


def found(**changes):
    faults = find(observation(**changes), fault_settings())
    return [(fault.name, fault.severity) for fault in faults]


def test_a_home_that_is_well_has_no_fault():
    assert found() == []
    assert worst(()) is None


@pytest.mark.parametrize(
    ("name", "severity", "changes"),
    [
        (FaultName.JOURNAL_UNWRITABLE, Severity.REST, {"journal_problem": "the card is full"}),
        (FaultName.SOC_MISSING, Severity.REST, {"battery": battery(None)}),
        (FaultName.SENSOR_FAILED, Severity.REST, {"sensor_problems": (("load", "absent"),)}),
        (FaultName.SENSOR_FAILED, Severity.NOTICE, {"sensor_problems": (("panel", "absent"),)}),
        (FaultName.RELAY_LOST, Severity.NO_PURCHASE, {"relay_lost_at_s": NOW_S - 14.9}),
        (FaultName.RELAY_LOST, Severity.REST, {"relay_lost_at_s": NOW_S - 15}),
        (FaultName.CHAIN_UNREACHABLE, Severity.NO_PURCHASE, {"chain": None}),
        (FaultName.CHAIN_UNREACHABLE, Severity.NO_PURCHASE, {"chain_problem": "no answer"}),
        (
            FaultName.CHAIN_BEHIND,
            Severity.NO_PURCHASE,
            {"chain": chain_view(observed_at_s=NOW_S - 61)},
        ),
        (
            FaultName.CHAIN_BEHIND,
            Severity.NO_PURCHASE,
            {"chain": chain_view(block=replace(stamp(), timestamp_s=CALENDAR_S - 61))},
        ),
        (
            FaultName.CLOCK_BEHIND,
            Severity.NO_PURCHASE,
            {"chain": chain_view(block=replace(stamp(), timestamp_s=CALENDAR_S + 61))},
        ),
        (
            FaultName.CLOCK_BEHIND,
            Severity.NO_PURCHASE,
            {"calendar_s": CALENDAR_S - 86_400.0},
        ),
        (FaultName.GAS_LOW, Severity.NO_PURCHASE, {"chain": chain_view(gas_balance_wei=0)}),
        (FaultName.GAS_LOW, Severity.NOTICE, {"chain": chain_view(gas_balance_wei=10**16)}),
        (FaultName.CLOCK_STEPPED, Severity.NOTICE, {"clock_problem": "by +3600 s"}),
        (FaultName.BROKER_LOST, Severity.NOTICE, {"broker_problem": "refused"}),
        (
            FaultName.CONTACT_STUCK,
            Severity.NOTICE,
            {"relay": relay_view(stuck=("channel 3 is stuck closed: told to open, it conducts",))},
        ),
    ],
)
def test_each_fault_has_its_name_and_severity(name, severity, changes):
    assert found(**changes) == [(name, severity)]


def test_a_chain_without_fees_never_lacks_gas():
    assert found(chain=chain_view(gas_balance_wei=0, gas_price_wei=0)) == []


def test_a_scaled_calendar_is_measured_in_real_seconds():
    """At speed 720 a block of a second ago is 720 calendar seconds old."""
    scaled = observation(calendar_s=CALENDAR_S + 720.0)

    assert find(replace(scaled, clock_speed=720.0), fault_settings()) == ()
    assert find(scaled, fault_settings())[0].name is FaultName.CHAIN_BEHIND


@pytest.mark.failure(
    part="chain",
    failure="the chain makes blocks only when there is work",
    person="nothing: `contract.empty_blocks: false`",
    money="bought as on any chain",
)
def test_an_old_head_is_no_fault_where_blocks_come_only_with_work():
    old = chain_view(observed_at_s=NOW_S - 9_000, block=replace(stamp(), timestamp_s=1_600_000_000))
    quiet = fault_settings(empty_blocks=False)

    assert find(observation(chain=old, chain_stood_at_s=NOW_S - 60), quiet) == ()
    for stood_at_s in (None, NOW_S - 61):
        (fault,) = find(observation(chain=old, chain_stood_at_s=stood_at_s), quiet)
        assert fault.name is FaultName.CHAIN_BEHIND


def test_a_clock_behind_the_chain_is_a_fault_where_blocks_come_only_with_work():
    ahead = chain_view(block=replace(stamp(), timestamp_s=CALENDAR_S + 61))
    seen = observation(chain=ahead, chain_stood_at_s=NOW_S)

    (fault,) = find(seen, fault_settings(empty_blocks=False))
    assert fault.name is FaultName.CLOCK_BEHIND


def test_all_faults_are_told_and_the_worst_comes_first():
    faults = find(
        observation(
            broker_problem="refused",
            chain_problem="no answer",
            relay_lost_at_s=NOW_S,
            battery=battery(None),
            journal_problem="the card is full",
        ),
        fault_settings(),
    )

    assert [fault.name for fault in faults] == [
        FaultName.JOURNAL_UNWRITABLE,
        FaultName.SOC_MISSING,
        FaultName.RELAY_LOST,
        FaultName.CHAIN_UNREACHABLE,
        FaultName.BROKER_LOST,
    ]
    assert worst(faults) is Severity.REST
    assert all("(clears " in fault.sentence for fault in faults)


def test_the_sentence_of_a_lost_relay_does_not_change_with_every_second():
    """It becomes a state's reason, and every change of a reason is logged."""
    lost = [
        find(observation(NOW_S + away_s, relay_lost_at_s=NOW_S), fault_settings())[0].sentence
        for away_s in (20, 21, 3_000)
    ]

    assert {"relay away for 15 s or more, its lease (clears when it answers)"} == set(lost)


def test_a_home_without_contacts_misses_neither_relay_nor_charge():
    seen = observation(battery=battery(None), relay=None, relay_lost_at_s=NOW_S - 600)
    alone = replace(fault_settings(), has_contacts=False)

    names = {fault.name for fault in find(seen, alone)}

    assert names.isdisjoint({FaultName.SOC_MISSING, FaultName.RELAY_LOST})
