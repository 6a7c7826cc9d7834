"""Prometheus' text form: each family once, with its help and its kind."""

import math

from page.exposition import Exposition


def test_the_samples_of_a_family_stand_together_whenever_they_came():
    told = Exposition()
    told.add("peerwatt_a_joules_total", "All of it", 3.6, {"program": "home"}, rises=True)
    told.add("peerwatt_b", "Some of it", 1, {"program": "home"})
    told.add("peerwatt_a_joules_total", "All of it", 7.2, {"program": "two"}, rises=True)

    assert told.text() == (
        "# HELP peerwatt_a_joules_total All of it\n"
        "# TYPE peerwatt_a_joules_total counter\n"
        'peerwatt_a_joules_total{program="home"} 3.6\n'
        'peerwatt_a_joules_total{program="two"} 7.2\n'
        "# HELP peerwatt_b Some of it\n"
        "# TYPE peerwatt_b gauge\n"
        'peerwatt_b{program="home"} 1\n'
    )


def test_what_a_program_says_breaks_no_line():
    told = Exposition()
    told.add("peerwatt_b", "a\\b\nc", math.inf, {"node": 'x"} 1\npeerwatt_c{y="\\'})

    assert told.text() == (
        "# HELP peerwatt_b a\\\\b\\nc\n"
        "# TYPE peerwatt_b gauge\n"
        'peerwatt_b{node="x\\"} 1\\npeerwatt_c{y=\\"\\\\"} +Inf\n'
    )
