"""Tests of the street that a bench runs: its homes have the defaults, for those are measured."""

import yaml

from bench.node.memory import SETTINGS
from bench.node.street import BUYER, BenchStreet
from node.parameters import load

PLAYED = {"name", "address", "keystore", "password_file", "state_directory", "i2c", "sensors"}
STREETS = {"battery_milliwh", "limit", "resume", "margin_milliwh", "sell_floor", "rated_current_a"}
EXCEPTED = {"min_dwell_s", "report"}


def test_a_home_of_a_bench_has_the_defaults(tmp_path):
    with BenchStreet(SETTINGS) as street:
        home = load(street.parameters_of(BUYER)).node
    content = {"node": {"address": home.address}}
    path = tmp_path / "parameters.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    plain = load(path).node
    names = set(type(home).model_fields) - PLAYED - STREETS - EXCEPTED

    assert {name for name in names if getattr(home, name) != getattr(plain, name)} == set()
