"""The vectors that the contract plays are what the rule in Python says."""

import json

from tests.pool_vectors import FILE, render, vectors


def test_the_file_is_what_the_rule_gives():
    assert render(vectors()) == FILE.read_text(encoding="utf-8")


def test_what_the_ancestor_paid_for_was_more_than_could_be_matched():
    """W-DEM at ten users: 124 units were to be fed, 88 to be drawn, and 175 were paid for."""
    content = json.loads(FILE.read_text(encoding="utf-8"))
    (ten,) = [case for case in content["intervals"] if case["name"] == "W-DEM, 10 users"]
    fed = sum(row[1] for row in ten["commitments"] if row[0] == 1)
    drawn = sum(row[1] for row in ten["commitments"] if row[0] == 0)

    assert (fed, drawn) == (124_000_000, 88_000_000)
    assert sum(money[2] for money in ten["money"]) <= 88 * 200_000
    assert sum(money[2] for money in ten["money"]) >= 88 * 200_000 - 5
