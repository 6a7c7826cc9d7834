"""What a person can do about each fault that a home may tell, in one sentence."""

from collections.abc import Mapping

from page.words import Words, marked

REMEDIES: Mapping[str, str] = {
    "journal_unwritable": marked(
        "Free room on the card; one that has become read-only is dying: move it to another."
    ),
    "soc_missing": marked("Look at the battery gauge and its wires."),
    "sensor_failed": marked("Look at that sensor and its wires."),
    "relay_lost": marked("Look whether the relay's machine has power and network."),
    "chain_unreachable": marked("Look at this home's network, and at the chain's endpoint."),
    "chain_behind": marked(
        "Look at this machine's clock (timedatectl), then ask who runs the chain's endpoint."
    ),
    "clock_behind": marked("Let the network set this machine's clock; timedatectl shows it."),
    "gas_low": marked("Ask the community's utility or operator for gas."),
    "clock_stepped": marked("Nothing: it clears by itself."),
    "broker_lost": marked("Look whether the broker's machine has power and network."),
    "contact_stuck": marked(
        "Switch the power of that line off, and replace the relay board or mend its feedback wire."
    ),
    "tariff_refused": marked("Ask the utility: its prices are none that this home takes."),
    "trading_paused": marked("Nothing: it goes on by itself; the sentence says when."),
    "report_refused": marked("Ask the operator whether this home's meter is installed."),
    "pairing_differs": marked("Tell the utility: what it published is not what the chain says."),
    "pairing_unchecked": marked(
        "Run check: relay.host and the broker tell the wiring, and none was heard."
    ),
}


def remedy_of(name: str, words: Words) -> str:
    """Give what to do about a fault; empty for one that this page does not know."""
    remedy = REMEDIES.get(name)
    return words(remedy) if remedy is not None else ""
