"""Rules compared on real homes' data: what they share, what they save, and the same each time."""

import csv
import json
import re
from pathlib import Path

import pytest

from bench.market import forecast as bench
from community.command_line import main
from community.study.battery import through
from community.study.scenario import Battery, parse
from node.core.errors import ConfigError
from node.core.units import TOKEN

ROOT = Path(__file__).resolve().parents[3]
HOMES = ROOT / "village/data/fontana_homes.csv"
SCENARIO = f"""
name: Fontana
homes: {HOMES}
zone: Etc/GMT+8
price: {{rule: fixed, price: 0.17, feed_in: 0.08, retail: 0.269}}
"""


@pytest.fixture
def study(tmp_path, capsys):
    def run(text=SCENARIO, *words, out="out"):
        (tmp_path / "scenario.yml").write_text(text, encoding="utf-8")
        target = tmp_path / out
        status = main(["study", str(tmp_path / "scenario.yml"), "--out", str(target), *words])
        said = capsys.readouterr()
        return status, said.out + said.err, target

    return run


def rules_of(target):
    return json.loads((target / "summary.json").read_text())["rules"]


def test_a_week_shared_after_the_fact_saves_all_that_can_be_saved(study):
    status, said, target = study(SCENARIO, "--days", "7")

    assert status == 0
    rules = rules_of(target)
    with (target / "intervals.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7 * 24 * 6
    ceiling = 0.0
    for first in range(0, len(rows), 6):
        of_hour = rows[first : first + 6]
        need, surplus = (
            sum(float(row[what]) for row in of_hour) for what in ("need_wh", "surplus_wh")
        )
        ceiling += min(need, surplus) / 1_000 * (0.269 - 0.08)
    assert rules["dynamic"]["saved"] == pytest.approx(ceiling, abs=1e-4)
    assert rules["auction after the fact"]["saved"] == pytest.approx(ceiling, abs=1e-4)
    assert 0 < rules["static"]["saved"] < rules["static handed on"]["saved"]
    assert rules["static handed on"]["saved"] == pytest.approx(ceiling, abs=1e-4)
    assert "dynamic" in said


def test_the_auction_saves_what_the_bench_of_forecasts_says_of_it(study, tmp_path):
    """The same homes under the bench's names and prices: home by home, to the base unit."""
    days = 10
    head, *rows = HOMES.read_text().splitlines()
    named = re.sub(r"home([0-9])_", r"\1_", head)
    (tmp_path / "homes.csv").write_text("\n".join([named, *rows[1 : days * 24 + 1]]) + "\n")
    retail = bench.TARIFF.retail_per_kwh / TOKEN
    text = SCENARIO.replace(str(HOMES), "homes.csv").replace("0.17", "0.1")
    text = (
        text.replace("0.08", "0.04").replace("0.269", f"{retail}") + "rules: [dynamic, auction]\n"
    )
    homes = bench.read_homes(1)[:6]
    street = bench.Market([bench.TERMS] * 6, bench.TARIFF, bench.HOURS_PER_DAY)
    for hour in range(days * 24):
        street.order(hour, [home.beliefs(hour)["in a street"] for home in homes])
        street.settle(hour, [home.net(hour) for home in homes])
        for home in homes[: 6 * min(hour, 1)]:
            home.learn(hour - 1)

    rules = rules_of(study(text)[2])

    meant = [sum(of_home) for of_home in zip(*(d.savings for d in street.days(0)), strict=True)]
    found = [round(of["saved"] * TOKEN) for _, of in sorted(rules["auction"]["homes"].items())]
    assert found == meant
    assert 0 < rules["auction"]["saved"] < rules["dynamic"]["saved"]


def test_a_limit_keeps_a_home_out_of_the_auction_too(study):
    text = SCENARIO + "limits: {home1: {buy: 0.08, sell: 0.3}}\nrules: [auction]\n"

    rules = rules_of(study(text, "--days", "9")[2])

    assert rules["auction"]["homes"]["home1"]["saved"] == 0
    assert rules["auction"]["shared_kwh"] > 0


def test_the_auction_needs_whole_intervals_in_a_day(study, tmp_path):
    rows = ["2026-01-01T00:00,1", "2026-01-01T00:50,1"]
    (tmp_path / "homes.csv").write_text("\n".join(["t,a_load_wh", *rows]) + "\n")
    text = SCENARIO.replace(str(HOMES), "homes.csv") + "rules: [auction]\n"

    status, said, _ = study(text)

    assert (status, "a day is no whole number of 3000 s" in said) == (1, True)


def test_no_home_is_worse_off_by_sharing_at_a_price_between_the_grids(study):
    rules = rules_of(study(SCENARIO, "--days", "7")[2])

    for rule in ("dynamic", "static", "static handed on", "auction after the fact"):
        assert min(of["saved"] for of in rules[rule]["homes"].values()) >= 0


def test_the_same_command_gives_the_same_bytes(study):
    first = study(SCENARIO, "--days", "3", "--homes", "9")[2]
    second = study(SCENARIO, "--days", "3", "--homes", "9", out="again")[2]

    assert {path.name: path.read_bytes() for path in first.iterdir()} == {
        path.name: path.read_bytes() for path in second.iterdir()
    }
    assert len(rules_of(first)["dynamic"]["homes"]) == 9


def test_price_moves_money_between_homes_and_never_the_total(study):
    dear = study(SCENARIO.replace("0.17", "0.25"), "--days", "3", out="dear")[2]
    cheap = study(SCENARIO, "--days", "3")[2]

    assert rules_of(dear)["dynamic"]["saved"] == pytest.approx(
        rules_of(cheap)["dynamic"]["saved"], abs=1e-4
    )
    assert rules_of(dear)["dynamic"]["homes"] != rules_of(cheap)["dynamic"]["homes"]


def test_limits_keep_a_home_out_of_what_it_finds_too_dear(study):
    text = SCENARIO + "limits: {home1: {buy: 0.08, sell: 0.3}}\n"

    rules = rules_of(study(text, "--days", "3")[2])

    assert rules["auction after the fact"]["homes"]["home1"]["saved"] == 0
    assert rules["dynamic"]["homes"]["home1"]["saved"] > 0


def test_a_battery_serves_its_own_home_first_and_creates_no_energy():
    battery = Battery(wh=10, w=20_000, efficiency_percent=80)
    load, solar = [0, 0, 12_000, 5_000], [8_000, 20_000, 0, 0]

    left = list(through(battery, load, solar, 3_600))

    # 8 Wh in keep 6.4; of the next 20 only 4.5 fit; then 10 come out, and nothing is left.
    assert left == [(0, 0), (0, 15_500), (2_000, 0), (5_000, 0)]


def test_a_battery_gives_no_more_than_its_power():
    battery = Battery(wh=100, w=4, efficiency_percent=100, at_first_percent=100)

    assert list(through(battery, [10_000], [0], 1_800)) == [(8_000, 0)]


def test_more_panels_share_more(study):
    scaled = SCENARIO + "pv_scale: {home4: 3}\n"

    more = rules_of(study(scaled, "--days", "3")[2])["dynamic"]["shared_kwh"]

    assert more > rules_of(study(SCENARIO, "--days", "3", out="less")[2])["dynamic"]["shared_kwh"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("zone: Etc/GMT+8", "zone: Fontana"), "zone: Fontana"),
        (("rule: fixed, price: 0.17", "rule: fixed"), "price.price: none"),
        (("feed_in: 0.08", "feed_in: 0.3"), "price.feed_in: above retail"),
        (("name: Fontana", "naem: Fontana"), "naem"),
        (("name: Fontana", "name: F\nfactors_percent: {home1: 60, home2: 41}"), "101 in all"),
    ],
)
def test_a_scenario_that_cannot_be_says_what_is_wrong(change, says):
    with pytest.raises(ConfigError, match=says):
        parse(SCENARIO.replace(*change), "scenario.yml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("t,home1_load_wh\n2026-01-01T00:00,1\n", "fewer than two intervals"),
        (
            "t,a_load_wh\n2026-01-01T00:00,1\n2026-01-01T01:00,1\n2026-01-01T03:00,1\n",
            "line 4: 2026-01-01 03:00 is 7200 s after the line before, where others are 3600 s",
        ),
        ("t,a_load_wh\n2026-01-01T00:00,1\n2026-01-01T01:00,-1\n", "line 3: -1 is below 0"),
        ("t,a_load_wh\n2026-01-01T00:00\n", "line 2: 1 columns, where the head has 2"),
        ("t,a\n1,2\n", "line 1: no column ends with _load_wh"),
    ],
)
def test_homes_that_cannot_be_read_are_refused_with_their_line(study, tmp_path, text, says):
    (tmp_path / "homes.csv").write_text(text)

    status, said, _ = study(SCENARIO.replace(str(HOMES), "homes.csv"))

    assert status == 1
    assert says in said


def test_a_home_that_is_not_there_is_named(study):
    status, said, _ = study(SCENARIO + "pv_scale: {home77: 2}\n")

    assert status == 1
    assert "pv_scale: no home is called 'home77'; there are home1, home2" in said


def test_a_directory_with_other_files_is_left_alone(study, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.tex").write_text("mine")

    status, said, target = study()

    assert status == 1
    assert "holds thesis.tex, which is no study's" in said
    assert [path.name for path in target.iterdir()] == ["thesis.tex"]
