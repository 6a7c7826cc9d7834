"""`check` compares this machine's calendar with the chain's, and sends no home to deploy."""

import time
from pathlib import Path

import pytest

from node.checks.chain import calendar
from node.core.records import BlockStamp
from node.home.check_chain import chain
from node.parameters import parse


def block(ahead_s: float) -> BlockStamp:
    return BlockStamp(number=7, hash="0x" + "00" * 32, timestamp_s=round(time.time() + ahead_s))


@pytest.mark.parametrize(
    ("ahead_s", "sentence"),
    [
        (-7_210, "2 h 0 min ahead of the newest block 7"),
        (86_410, "1 day 0 h behind the newest block 7"),
    ],
)
def test_a_calendar_apart_from_the_chains_fails_either_way(ahead_s, sentence):
    finding = calendar(parse("node: {}\n", "parameters.yml"), block(ahead_s))

    assert finding.fails
    assert finding.sentence == sentence
    assert "timedatectl" in finding.remedy


def test_a_calendar_that_agrees_is_well():
    finding = calendar(parse("contract: {max_age_s: 600}\n", "parameters.yml"), block(-30))

    assert str(finding) == "well  calendar: agrees with block 7, within 600 s"


def test_what_is_missing_of_the_contracts_is_named_and_no_home_is_told_to_deploy():
    token = "0x1111111111111111111111111111111111111111"
    parameters = parse(f"contract: {{node: 'http://a:1', token: '{token}'}}\n", "parameters.yml")

    (finding,) = chain(parameters, None, Path("parameters.yml"))

    assert str(finding) == (
        "FAIL  chain: not every contract is named: contract.address, contract.registry"
        " -> get it from whoever put up the street's contracts: sudoedit 'parameters.yml'"
    )
