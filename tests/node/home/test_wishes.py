"""Wishes beside the file: judged by the same scheme, kept, and ended by the file's own change."""

import dataclasses

import pytest

from node.core.errors import Refused
from node.home.numbers import NUMBERS
from node.home.settings import home_settings
from node.home.wishes import MOST_WISHES, WISHES_NAME, WITHIN_S, Wishes
from node.parameters import parse, with_wishes
from node.parameters.keeping import MOST_VALUE
from node.parameters.keys import field_at
from node.parameters.scheme import Parameters
from node.parameters.sections.home import Home
from node.parameters.wishes import WISHED, overlaid, said_of
from tests.factories.settings import HOME

BROKER = "mqtt: {{host: 127.0.0.1, user: home1}}"
FILE = """
node:
  role: prosumer
  limit: 20
  resume: 40
  battery_wh: 100
  state_directory: {state}
  offer: {{price: 0.2}}
  sensors:
    load: {{chip: ina219, address: 0x40, feeds: load}}
    line: {{chip: ina219, address: 0x41, feeds: connection, positive: import}}
"""


class Wishing:
    """A home whose wishes may be asked for again, as after a restart, with another file."""

    def __init__(self, state):
        self.state, self.now_s, self.applied = state, 1_790_000_000.0, []

    def start(self, file=FILE):
        parameters = parse(file.format(state=self.state), "parameters.yml")
        wishes = Wishes(parameters, lambda: self.now_s)
        wishes.on_change(self.applied.append)
        return wishes

    def file(self):
        return (self.state / WISHES_NAME).read_text()


@pytest.fixture
def home(tmp_path):
    return Wishing(tmp_path)


def wish(key, value):
    return {"do": "wish", "key": key, "value": value, "by": "the page"}


def test_a_wish_counts_at_once_and_after_a_restart(home):
    wishes = home.start()
    wishes.take(wish("node.limit", "30"))
    wishes.take(wish("node.budget.max_price", "0.35"))
    wishes.take(wish("node.offer.price", "0.25"))

    for parameters in (home.applied[-1], home.start().parameters):
        settings = home_settings(parameters, HOME)
        assert settings.supply.purchase.limit_soc_pct == 30
        assert parameters.node.budget.max_price_per_kwh == 350_000
        assert settings.delivery.price_per_kwh == 250_000
        assert settings.supply.resume_soc_pct == 40
    assert len(home.applied) == 3
    assert '"replaces": "20"' in home.file()
    assert '"by": "the page"' in home.file()


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("node.limit", "96", "node.limit: 96"),
        ("node.limit", "50", "node.resume"),
        ("node.limit", "low", "node.limit"),
        ("node.limit", "", "node.limit"),
        ("node.limit", "nan", "node.limit"),
        ("node.budget.max_price", "-1", "node.budget.max_price"),
        ("node.offer.price", "0", "node.offer.price"),
        ("node.limit", 30, "a text with a number"),
        ("node.limit", "0" * MOST_VALUE + "5", "at most 40"),
        ("node.role", "producer", "what can be wished here"),
        ("node.keystore", "/etc/shadow", "what can be wished here"),
        ("node.auction.sell_min", "1", "what can be wished here"),
        ("", "1", "what can be wished here"),
        (None, "1", "what can be wished here"),
    ],
)
def test_what_the_file_may_not_say_cannot_be_wished_and_nothing_changes(home, key, value, why):
    wishes = home.start()
    wishes.take(wish("node.limit", "25"))
    before, kept = wishes.parameters, home.file()

    with pytest.raises(Refused, match=why):
        wishes.take(wish(key, value))

    assert wishes.parameters is before
    assert home.file() == kept
    assert len(home.applied) == 1


def test_a_wish_that_is_taken_back_leaves_the_file_in_force(home):
    wishes = home.start()
    wishes.take(wish("node.limit", "30"))

    wishes.take(wish("node.limit", None))

    assert home.applied[-1].node.limit == 20
    assert wishes.standing() == {}
    assert home.start().parameters.node.limit == 20


def test_a_new_value_in_the_file_ends_the_wish_and_is_told(home):
    wishes = home.start()
    wishes.take(wish("node.limit", "30"))
    wishes.take(wish("node.resume", "60"))

    again = home.start(FILE.replace("limit: 20", "limit: 22"))

    assert again.parameters.node.limit == 22
    assert again.parameters.node.resume == 60
    assert "node.limit" in again.notice
    assert again.standing() == {"node.resume": "60"}


def test_a_file_that_does_not_go_with_the_wishes_has_the_last_word(home):
    home.start().take(wish("node.limit", "35"))

    again = home.start(FILE.replace("resume: 40", "resume: 30"))

    assert again.parameters.node.limit == 20
    assert again.standing() == {}
    assert "does not go with" in again.notice


@pytest.mark.parametrize(
    "text",
    ["5", "node.limit: 5", 'node.role: {value: "x"}', "[", "\0", 'node.limit: {"value": 5}'],
)
def test_a_file_of_wishes_that_is_none_does_not_keep_a_home_from_starting(home, text):
    (home.state / WISHES_NAME).write_text(text)

    wishes = home.start()

    assert wishes.parameters.node.limit == 20
    assert "cannot be read" in wishes.notice
    wishes.take(wish("node.limit", "30"))
    assert home.start().parameters.node.limit == 30


def test_wishes_that_cannot_be_kept_do_not_count(home):
    wishes = home.start()
    (home.state / WISHES_NAME).mkdir()

    with pytest.raises(Refused, match="cannot be written"):
        wishes.take(wish("node.limit", "30"))

    assert wishes.parameters.node.limit == 20
    assert home.applied == []


def test_a_flood_of_wishes_does_not_wear_the_card(home):
    wishes = home.start()
    for turn in range(MOST_WISHES):
        wishes.take(wish("node.limit", str(20 + turn % 5)))

    with pytest.raises(Refused, match="wait"):
        wishes.take(wish("node.limit", "30"))

    home.now_s += WITHIN_S
    wishes.take(wish("node.limit", "30"))
    assert wishes.parameters.node.limit == 30


def test_every_key_that_can_be_wished_is_in_the_scheme_and_a_number_of_the_rules():
    for key in WISHED:
        field = field_at(Parameters, tuple(key.split(".")))
        assert (field.alias or key).endswith(key.rpartition(".")[2])
        assert " to " in said_of(key).bound


def test_what_is_wished_changes_the_rules_settings_alone(home):
    """The other rooms are built once: a key that they read could not be wished."""
    file = f"{FILE}  auction: {{{{sell: solar}}}}\n  report: {{{{meter: 1}}}}\n"
    parameters = home.start(file).parameters
    wished = with_wishes(parameters, dict.fromkeys(WISHED, "38") | {"node.limit": "37"})

    assert {
        name
        for name in Parameters.model_fields
        if getattr(parameters, name) != getattr(wished, name)
    } == {"node"}
    assert {
        name
        for name in Home.model_fields
        if getattr(parameters.node, name) != getattr(wished.node, name)
    } == {"limit", "resume", "margin_milliwh", "sell_floor", "budget", "offer", "auction"}
    before, after = (home_settings(one, HOME) for one in (parameters, wished))
    for part in dataclasses.fields(before):
        assert (getattr(before, part.name) is None) == (getattr(after, part.name) is None)


def test_content_stays_as_it_was_below_what_is_put_over_it():
    content = {"node": {"limit": 20, "budget": None}}

    over = overlaid(content, {"node.budget.max_price": "1", "node.limit": "5"})

    assert over == {"node": {"limit": "5", "budget": {"max_price": "1"}}}
    assert content == {"node": {"limit": 20, "budget": None}}


def test_a_command_of_the_broker_is_a_wish_and_the_number_in_force_is_told(home):
    wishes = home.start(FILE + BROKER)
    commands = wishes.commands()
    assert wishes.numbers() == {
        "limit": 20,
        "resume": 40,
        "delta": 200,
        "sell_floor": 30,
        "budget_tokens_per_day": 5,
        "budget_max_price": 1,
        "offer_price": 0.2,
    }

    commands["budget_max_price"]("0.35")
    commands["limit"]("25.5")
    commands["offer_price"]("1e-06")
    commands["delta"]("0.5")
    with pytest.raises(Refused, match=r"node\.resume: 40"):
        commands["limit"]("40")

    told = wishes.numbers()
    assert (told["budget_max_price"], told["limit"], told["offer_price"]) == (0.35, 25.5, 1e-06)
    assert home.applied[-1].node.budget.max_price_per_kwh == 350_000
    assert home.applied[-1].node.margin_milliwh == 500
    assert '"by": "a command over MQTT"' in home.file()
    commands["limit"]("file")
    assert wishes.numbers()["limit"] == 20
    assert set(commands) == set(told)


def test_what_the_home_works_out_by_itself_has_no_number_until_it_is_wished(home):
    wishes = home.start(f"{FILE}  auction: {{{{sell: solar}}}}\n{BROKER}")
    assert wishes.numbers()["auction_sell_min"] is None

    wishes.commands()["auction_sell_min"]("0.1")

    assert wishes.numbers()["auction_sell_min"] == 0.1


@pytest.mark.parametrize("mqtt", ["", BROKER.replace(", user: home1", "")])
def test_a_broker_that_lets_everybody_in_changes_no_number(home, mqtt):
    wishes = home.start(FILE + mqtt)

    assert (wishes.commands(), wishes.numbers()) == ({}, {})


def test_every_wish_has_its_number():
    assert tuple(number.key for number in NUMBERS) == WISHED
    assert len({number.name for number in NUMBERS}) == len(NUMBERS)
