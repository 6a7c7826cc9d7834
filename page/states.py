"""How the states of a home's parts are called on the page; a home itself has its own names."""

from collections.abc import Mapping

from page.words import Words, marked

STATES: Mapping[str, str] = {
    "own_source": marked("own source"),
    "purchasing": marked("purchasing"),
    "on_seller": marked("on seller"),
    "on_pairing": marked("on pairing"),
    "hold_off": marked("hold off"),
    "safe": marked("safe"),
    "not_offering": marked("not offering"),
    "offering": marked("offering"),
    "delivering": marked("delivering"),
    "paired": marked("paired"),
    "withdrawn": marked("withdrawn"),
    "begins": marked("begins"),
    "ends": marked("ends"),
    "started": marked("started"),
    "stopped": marked("stopped"),
    "supply": marked("supply"),
    "delivery": marked("delivery"),
    "auction": marked("auction"),
    "fault": marked("fault"),
}


def state_of(name: str, words: Words) -> str:
    """Say a state or a part; one that this page does not know as the home calls it."""
    known = STATES.get(name)
    return words(known) if known is not None else name.replace("_", " ")
