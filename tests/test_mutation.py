"""The mutation run: what it changes, which results stand, and when the tests are too weak."""

import json
import os
import subprocess
from dataclasses import replace

import pytest

from tools.mutation import copy as copying
from tools.mutation.__main__ import drawn, main
from tools.mutation.compiler import Compiler
from tools.mutation.copy import CONTRACTS, NoVerdict, Verdict
from tools.mutation.mutants import mutants_of
from tools.mutation.named import MISTAKES, named_in
from tools.mutation.results import Marks, Results, excuses_in, faults_in, table
from tools.mutation.suites import tests_of as suite_of

SOURCE = """// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

contract Shop {
    // Ein Gruß: offsets are bytes.
    uint256 internal constant MOST = 7;
    mapping(address => uint256) internal balances;
    address internal owner;
    uint256 internal places;

    event Sold(uint256 amount);

    modifier onlyOwner() {
        require(msg.sender == owner, "owner");
        _;
    }

    function sell(uint256 amount, uint256 price) external onlyOwner {
        if (amount < MOST && !(price == 0)) places += amount;
        balances[msg.sender] = times(amount, price);
        emit Sold(amount);
    }

    function times(uint256 one, uint256 other) internal pure returns (uint256) {
        return one * other;
    }
}
"""
MARKS = Marks(source="one", tests="two")


@pytest.fixture(scope="module")
def mutants():
    """Every mutant of the shop, by its name."""
    asked = {
        "language": "Solidity",
        "sources": {"src/Shop.sol": {"content": SOURCE}},
        "settings": {"outputSelection": {"*": {"": ["ast"]}}},
    }
    run = subprocess.run(
        [CONTRACTS / "tools" / "solc", "--standard-json"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    tree = json.loads(run.stdout)["sources"]["src/Shop.sol"]["ast"]
    found = mutants_of("src/Shop.sol", SOURCE.encode(), tree)
    return {one.name.removeprefix("src/Shop.sol "): one for one in found}


def test_every_operator_makes_its_mutants(mutants):
    assert {name: one.kind for name, one in mutants.items()} == {
        "MOST: `7` -> `(7 + 1)`": "literal",
        "MOST: `7` -> `(7 - 1)`": "literal",
        'onlyOwner: `require(msg.sender == owner, "owner");` -> nothing': "require",
        "onlyOwner: `==` -> `!=`": "operator",
        "sell: `onlyOwner` -> nothing": "modifier",
        "sell: `amount < MOST && !(price == 0)` -> `amount < MOST`": "operand",
        "sell: `amount < MOST && !(price == 0)` -> `!(price == 0)`": "operand",
        "sell: `!(price == 0)` -> `(price == 0)`": "operand",
        "sell: `<` -> `<=`": "operator",
        "sell: `<` -> `>=`": "operator",
        "sell: `==` -> `!=`": "operator",
        "sell: `0` -> `(0 + 1)`": "literal",
        "sell: `places += amount;` -> nothing": "dropped",
        "sell: `+=` -> `-=`": "operator",
        "sell: `balances[msg.sender] = times(amount, price);` -> nothing": "dropped",
        "sell: `amount, price` -> `price, amount`": "swapped",
        "sell: `emit Sold(amount);` -> nothing": "dropped",
        "times: `*` -> `/`": "operator",
    }


def test_a_mutant_is_the_source_with_one_change(mutants):
    one = mutants["sell: `<` -> `<=`"]

    changed = one.applied(SOURCE.encode()).decode()

    assert changed == SOURCE.replace("amount < MOST", "amount <= MOST")
    assert one.line == SOURCE[: SOURCE.index("amount < MOST")].count("\n") + 1


def test_what_refuses_or_moves_money_is_guarded(mutants):
    assert {name for name, one in mutants.items() if one.is_guarded} >= {
        'onlyOwner: `require(msg.sender == owner, "owner");` -> nothing',
        "onlyOwner: `==` -> `!=`",
        "sell: `onlyOwner` -> nothing",
        "sell: `balances[msg.sender] = times(amount, price);` -> nothing",
        "sell: `amount, price` -> `price, amount`",
    }
    assert not mutants["sell: `emit Sold(amount);` -> nothing"].is_guarded
    assert not mutants["times: `*` -> `/`"].is_guarded


def test_a_result_stands_as_long_as_its_source_and_a_survivors_as_its_tests_too(mutants, tmp_path):
    one, other = list(mutants.values())[:2]
    results = Results(tmp_path / "results.json")
    results.keep(one, MARKS, Verdict.KILLED)
    results.keep(other, MARKS, Verdict.SURVIVED)

    read = Results(tmp_path / "results.json")

    more_tests, new_source = replace(MARKS, tests="more"), replace(MARKS, source="new")
    assert [read.verdict(m, MARKS) for m in (one, other)] == [Verdict.KILLED, Verdict.SURVIVED]
    assert [read.verdict(m, more_tests) for m in (one, other)] == [Verdict.KILLED, None]
    assert [read.verdict(m, new_source) for m in (one, other)] == [None, None]


def test_a_seed_draws_the_same_and_append_those_without_a_result(mutants):
    every = list(mutants.values())
    first = drawn(every, {}, 5, 4, append=False)

    assert first == drawn(every, {}, 5, 4, append=False)
    assert first != drawn(every, {}, 6, 4, append=False)
    standing = dict.fromkeys(first, Verdict.KILLED)
    assert not set(drawn(every, standing, 5, 8, append=True)) & set(first)
    assert drawn(every, standing, 5, None, append=False) == every
    assert len(drawn(every, standing, 5, 999, append=True)) == len(every) - 4


def judged(mutants, **verdicts):
    """Kill all but those that are named by their function's first letters."""
    return {
        one: next((v for k, v in verdicts.items() if name.startswith(k)), Verdict.KILLED)
        for name, one in mutants.items()
    }


def test_tests_that_kill_all_are_good_enough(mutants):
    names = [one.name for one in mutants.values()]

    assert list(faults_in(judged(mutants), {}, names)) == []


def test_a_survivor_that_moves_money_or_refuses_is_a_fault_whatever_the_reason(mutants):
    found = judged(mutants, only=Verdict.SURVIVED)
    names = [one.name for one in mutants.values()]
    guard = "src/Shop.sol onlyOwner: `==` -> `!=`"

    faults = list(faults_in(found, {guard: "it does not matter"}, names))

    assert f"refuses or moves money, so no reason excuses it: {guard}" in faults
    assert (
        sum(fault.endswith("no test noticed: " + name) for fault in faults for name in names) == 1
    )


def test_too_few_killed_or_too_many_excused_are_faults(mutants):
    found = judged(mutants, times=Verdict.SURVIVED, MOST=Verdict.SURVIVED)
    names = [one.name for one in mutants.values()]
    excuses = {one.name: "why" for one, v in found.items() if v is Verdict.SURVIVED}

    assert list(faults_in(found, {}, names)) == ["15 of 18 killed: fewer than 95%"]
    assert list(faults_in(found, excuses, names)) == ["mutants.md excuses 3 of 18: more than 12%"]


def test_what_does_not_compile_counts_for_nothing(mutants):
    found = judged(mutants, times=Verdict.NOT_COMPILED)

    assert list(faults_in(found, {}, [one.name for one in mutants.values()])) == []
    assert table(found, {}).splitlines()[-1].split() == ["all", "18", "17", "17", "0", "0"]


def test_an_idle_excuse_is_a_fault(mutants):
    found, names = judged(mutants), [one.name for one in mutants.values()]
    name = "src/Shop.sol times: `*` -> `/`"

    faults = faults_in(found, {name: "why", "src/Gone.sol f: `1` -> `(1 + 1)`": "why"}, names)

    assert list(faults) == [
        f"mutants.md names a mutant that a test kills: {name}",
        "mutants.md names a mutant that there is not: src/Gone.sol f: `1` -> `(1 + 1)`",
    ]


def test_reasons_are_read_from_the_page_and_none_may_be_missing():
    page = "| mutant | why |\n| --- | --- |\n| src/A.sol f: `a || b` -> `a` | b is a |\n"

    assert excuses_in(page) == {"src/A.sol f: `a || b` -> `a`": "b is a"}
    assert excuses_in((CONTRACTS / "mutants.md").read_text(encoding="utf-8")) is not None
    with pytest.raises(ValueError, match="no reason in"):
        excuses_in("| src/A.sol f: `a || b` -> `a` |  |\n")


def test_every_source_with_code_has_tests_named_for_it():
    for path in (CONTRACTS / "src").rglob("*.sol"):
        source = str(path.relative_to(CONTRACTS))
        if not source.startswith("src/interfaces/"):
            for glob in suite_of(source).globs:
                folder = glob.rpartition("/")[0].replace("{libraries,sale}", "sale")
                assert (CONTRACTS / folder).is_dir()
    with pytest.raises(LookupError, match="names no tests for it"):
        suite_of("src/new/Thing.sol")


class Forge:
    """Stand for the copy's forge: what it says in turn."""

    def __init__(self, monkeypatch, *answers):
        self.asked, self._answers = [], list(answers)
        monkeypatch.setattr(copying.Copy, "_forge", self._say)

    def _say(self, *arguments):
        self.asked.append(arguments)
        return self._answers.pop(0)


def of_the_feed(mutants):
    """Give a mutant as if it were of a source that there is."""
    return replace(next(iter(mutants.values())), source="src/MeterFeed.sol")


def test_the_tree_is_never_touched_and_the_copy_is_put_back(monkeypatch, tmp_path, mutants):
    source = "src/MeterFeed.sol"
    before = (CONTRACTS / source).read_bytes()
    Forge(monkeypatch, (0, ""), (1, "[FAIL] test"))
    place = copying.Copy(tmp_path)

    verdict = place.judge(of_the_feed(mutants), ("test/feed/*", "test/invariant/Sale.t.sol"))

    assert verdict is Verdict.KILLED
    assert (CONTRACTS / source).read_bytes() == before
    assert (tmp_path / "contracts" / source).read_bytes() == before


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ([(1, "Error: Compiler run failed:")], Verdict.NOT_COMPILED),
        ([(1, "[FAIL] test")], Verdict.KILLED),
        ([(-24, "")], Verdict.KILLED),
        ([(0, ""), (0, "")], Verdict.SURVIVED),
    ],
)
def test_what_forge_says_is_the_verdict(monkeypatch, tmp_path, mutants, answers, verdict):
    Forge(monkeypatch, *answers)

    found = copying.Copy(tmp_path).judge(of_the_feed(mutants), ("one", "other"))

    assert found is verdict


def test_what_is_neither_a_failed_test_nor_a_refused_source_is_no_verdict(
    monkeypatch, tmp_path, mutants
):
    Forge(monkeypatch, (1, "tools/solc: nobody answers at SOLC_SOCKET"))

    with pytest.raises(NoVerdict, match="nobody answers"):
        copying.Copy(tmp_path).judge(of_the_feed(mutants), ("one",))
    assert (tmp_path / "contracts/src/MeterFeed.sol").read_bytes() == (
        CONTRACTS / "src/MeterFeed.sol"
    ).read_bytes()


def test_a_compiler_that_stays_says_what_a_new_one_says():
    asked = {
        "language": "Solidity",
        "sources": {"src/Shop.sol": {"content": SOURCE}},
        "settings": {"outputSelection": {"*": {"*": ["evm.bytecode.object"]}}},
    }
    compiler = Compiler(CONTRACTS)
    try:
        said = [solc(json.dumps(asked), SOLC_SOCKET=str(compiler.socket)) for _ in range(2)]
    finally:
        compiler.close()

    assert [solc(json.dumps(asked))] * 2 == said
    compiler.close()
    gone = solc(json.dumps(asked), SOLC_SOCKET=str(compiler.socket))
    assert gone[0] == 1
    assert "nobody answers at SOLC_SOCKET" in gone[2]


def solc(asked, **environment):
    """Ask the compiler's wrapper; give its status and what it said."""
    run = subprocess.run(
        [CONTRACTS / "tools" / "solc", "--standard-json"],
        input=asked,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    return run.returncode, run.stdout, run.stderr


def test_every_named_mistake_is_one_line_of_its_source_and_guarded():
    for mistake in MISTAKES:
        text = (CONTRACTS / mistake.source).read_bytes()
        found = [one for one in named_in(mistake.source, text) if one.was == mistake.was]
        assert [one.is_guarded for one in found] == [True]
        assert found[0].applied(text) == text.replace(
            mistake.was.encode(), mistake.becomes.encode()
        )
    with pytest.raises(LookupError, match="has not once"):
        list(named_in(MISTAKES[0].source, b"contract Empty {}"))


def test_the_named_are_run_whatever_is_drawn(mutants):
    every = list(mutants.values())
    named = replace(every[0], kind="named")

    for seed in range(20):
        assert named in drawn([named, *every[1:]], {}, seed, 1, append=False)


@pytest.mark.parametrize("count", ["0", "-1", "x"])
def test_a_count_that_is_none_is_refused(count, capsys):
    with pytest.raises(SystemExit) as ended:
        main([f"--count={count}"])

    assert ended.value.code == 2
    assert "no whole number from 1 on" in capsys.readouterr().err
