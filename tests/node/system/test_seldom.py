"""What others provoke at any rate is told once a minute, with its number."""

import logging

from node.system.seldom import EVERY_S, Seldom


def test_a_flood_is_one_line_a_minute_and_nothing_is_uncounted(caplog):
    now_s = [5.0]
    seldom = Seldom(logging.getLogger("test"), logging.WARNING, lambda: now_s[0])
    for number in range(1000):
        seldom.say("ignored %d", number)
    now_s[0] += EVERY_S
    seldom.say("ignored %d", 1000)

    assert [one.message for one in caplog.records] == [
        "ignored 0",
        "ignored 1000 (and 999 more before)",
    ]
