"""Heads: new, the same, replaced, behind; and how fast blocks come."""

import pytest

from node.ledger.chain.heads import SHRUNK_AFTER_S, BlockPeriod, Follows, Head, Heads


def head(number: int, branch: str = "a", parent: str | None = None) -> Head:
    return Head(
        number=number,
        hash=f"{branch}{number}",
        parent=parent or f"{branch}{number - 1}",
        timestamp_s=1_000 + number * 12,
        base_fee_wei=1,
    )


def never_asked(number: int) -> str | None:
    raise AssertionError(f"block {number} need not be asked for")


def test_blocks_that_follow_each_other_need_no_question() -> None:
    heads = Heads()
    assert heads.follow(head(1), 0, never_asked) is Follows.NEXT
    assert heads.follow(head(1), 0, never_asked) is Follows.SAME
    assert heads.follow(head(2), 0, never_asked) is Follows.NEXT


def test_skipped_blocks_are_checked_by_the_last_known_one() -> None:
    heads = Heads()
    heads.follow(head(1), 0, never_asked)
    assert heads.follow(head(5), 0, lambda number: f"a{number}") is Follows.NEXT
    assert heads.follow(head(9), 0, lambda number: f"b{number}") is Follows.REORGANISED


def test_other_parent_or_other_hash_is_a_reorganisation() -> None:
    heads = Heads()
    heads.follow(head(4), 0, never_asked)
    assert heads.follow(head(5, "b"), 0, never_asked) is Follows.REORGANISED
    assert heads.follow(head(5, "c"), 0, never_asked) is Follows.REORGANISED
    assert heads.follow(head(3, "c"), 0, never_asked) is Follows.REORGANISED


def test_endpoint_that_is_behind_is_waited_for_but_not_for_ever() -> None:
    heads = Heads()
    heads.follow(head(4), 0, never_asked)
    heads.follow(head(5), 0, never_asked)
    assert heads.follow(head(4), 1, never_asked) is Follows.LAGGING
    assert heads.head == head(5)
    assert heads.follow(head(4), 1 + SHRUNK_AFTER_S, never_asked) is Follows.LAGGING
    assert heads.follow(head(4), 2 + SHRUNK_AFTER_S, never_asked) is Follows.REORGANISED
    assert heads.head == head(4)


def test_endpoint_one_block_behind_the_first_head_ever_seen_is_no_reorganisation() -> None:
    """After a start only one block is known, and its parent by its header."""
    heads = Heads()
    heads.follow(head(5), 0, never_asked)

    assert heads.follow(head(4), 1, never_asked) is Follows.LAGGING
    assert heads.follow(head(4, "b"), 1, never_asked) is Follows.REORGANISED


def test_period_begins_with_chain_time_and_the_calendars_speed() -> None:
    period = BlockPeriod(calendar_speed=720)
    period.guess(head(16), head(0))

    assert period.period_s == pytest.approx(12 / 720)


def test_period_follows_the_arrivals_and_counts_skipped_blocks() -> None:
    period = BlockPeriod(calendar_speed=1)
    period.guess(head(16), head(0))
    period.arrived(16, 100.0)
    period.arrived(20, 101.0)
    assert period.period_s == pytest.approx(0.25)

    for number in range(21, 80):
        period.arrived(number, 101.0 + (number - 20) * 0.5)
    assert period.period_s == pytest.approx(0.5, rel=0.01)


def test_the_chains_time_does_not_go_back_by_when_a_block_is_noticed() -> None:
    """Blocks are made each second, and noticed up to half a second late, now and then."""
    period, estimates = BlockPeriod(calendar_speed=1), []
    period.period_s = 1.0
    for number, late_s in enumerate((0.1, 0.5, 0.0, 0.4, 0.2)):
        made_at_s = period.made_at_s(5_000 + number, 100.0 + number + late_s)
        estimates.append(5_000 + number - made_at_s)

    assert estimates == pytest.approx([4_899.9, 4_899.9, 4_900.0, 4_900.0, 4_900.0])


def test_a_block_that_comes_after_a_pause_is_at_most_a_period_old() -> None:
    period = BlockPeriod(calendar_speed=60)
    period.period_s = 0.25
    assert period.made_at_s(6_000, 100.0) == 100.0

    # By its time a tenth of a second has passed, by the clock a minute.
    assert period.made_at_s(6_006, 160.0) == 160.0 - 0.25


def test_a_block_that_is_looked_at_again_is_as_old_as_before() -> None:
    period = BlockPeriod(calendar_speed=1)
    period.period_s = 1.0
    assert (period.made_at_s(6_000, 100.0), period.made_at_s(6_000, 100.4)) == (100.0, 100.0)
