"""The streets that the contract plays are what the rule in Python says."""

import json

from tests.reduction_vectors import COUNT, FILE, SEED, lines


def test_the_file_is_what_the_rule_gives():
    assert lines(SEED, 0, COUNT) == FILE.read_text(encoding="utf-8")


def test_the_streets_are_of_every_kind():
    streets = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]

    settings = [street["settings"] for street in streets]
    carries = [street["ends"][at] for street in streets for at in range(5, len(street["ends"]), 6)]
    days = {street["ends"][at] for street in streets for at in range(3, len(street["ends"]), 6)}
    pricing = {
        street["requests"][at] for street in streets for at in range(5, len(street["requests"]), 8)
    }
    assert len({row[0] for row in settings}) == 4
    assert {row[6] > 0 for row in settings} == {True, False}
    assert min(carries) < 0 == max(carries)
    assert {0, 3, 5} <= days
    assert pricing == {0, 1}
