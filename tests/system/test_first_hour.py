"""docs/first-hour.md, followed to its first purchase: its files, commands and samples."""

import pytest
import yaml

from node.parameters import parse
from relay_server.loading import settings_from
from relay_server.settings import ensure_sound
from tests.parts import first_hour as guide
from tests.parts.first_hour import files, follow, on_the_table, sample, words_of


def test_the_files_of_the_guide_fit_each_other():
    _, buyer, seller, board, _ = files()
    (connection,) = board["relay"]["connections"]

    assert [buyer["node"]["name"]] == [connection["load"]] == list(board["relay"]["loads"])
    assert [seller["node"]["name"]] == [connection["source"]] == list(board["relay"]["sources"])
    assert connection["consents"] == [buyer["sellers"][seller["node"]["name"]]["account"]]
    assert buyer["contract"] == seller["contract"]
    assert buyer["relay"] == seller["relay"]


def test_the_file_for_two_pis_is_the_sellers_and_the_relays_in_one_and_both_take_it():
    _, _, seller, board, both = files()
    relay = dict(both["relay"])

    assert relay.pop("host") == "127.0.0.1"
    assert relay == board["relay"]
    assert {name: both[name] for name in ("community", "contract", "node")} == {
        name: seller[name] for name in ("community", "contract", "node")
    }
    parameters = parse(yaml.safe_dump(both), "parameters.yml")
    ensure_sound(settings_from(parameters))
    assert (parameters.relay.host, parameters.relay.listen) == ("127.0.0.1", "0.0.0.0")


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """Follow the guide to a first purchase and back."""
    with on_the_table(tmp_path_factory.mktemp("table")) as bench:
        return follow(bench)


def test_the_guide_leads_to_a_first_purchase_and_back(samples):
    assert "bought" in samples.status


@pytest.mark.parametrize(("what", "after"), [("check", guide.CHECKED), ("status", guide.BOUGHT)])
def test_the_guides_samples_are_what_is_said(samples, what, after):
    """A difference: `python -m tests.parts.first_hour` writes them anew."""
    assert words_of(sample(after)) == words_of(getattr(samples, what))
