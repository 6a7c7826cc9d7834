"""Write what a person writes into the Pi's one file, for this street: a home, a relay, a utility.

Shorter times than a real home's let one need of energy pass in a minute.
"""

import yaml

from tests.machine.street import GRID, StreetOfPi
from tests.machine.vm import HOST
from tests.parts.neighbours import BUYER, INTERVAL_S, SELLER
from village.chips.outfits import GAUGE_ADDRESS, SHUNT_OHMS, SHUNTS
from village.households import COMMUNITY, LINE_RATED_A, RELAY, contracts_at
from village.plant.street import NOMINAL_V

PINS = (17, 18, 27, 22)
CHANNELS = (0, 1)
RELAY_PORT, BROKER_PORT = 15_555, 1_883
ORDER_WH = 0.1
"""At sixteen watts it is drawn in 22 s."""
LEASE_S = 6.0
PEAK_W = 100


def parameters_of_pi(street: StreetOfPi) -> str:
    """Give the file's text, once the street is founded."""
    addresses, accounts = street.community.addresses, street.accounts
    rated = {"nominal_v": NOMINAL_V, "rated_current_a": LINE_RATED_A}
    content = {
        "community": COMMUNITY,
        "contract": {
            "node": f"http://{HOST}:{street.places.chain_port}",
            **contracts_at(addresses),
            "interval_s": INTERVAL_S,
        },
        "node": {
            "name": BUYER,
            "role": "consumer",
            "address": accounts[BUYER],
            "limit": 20,
            "resume": 30,
            # Without a capacity exactly the margin is bought, so that every order is the same.
            "delta": ORDER_WH,
            "budget": {"tokens_per_day": 1000},
            "min_dwell_s": 2,
            "hold_off_s": 2,
            "hold_off_max_s": 8,
            "lease_s": LEASE_S,
            "receipt_period_s": 2,
            "rated_current_a": LINE_RATED_A,
            "report": {"meter": street.community.meters[BUYER]},
            "sensors": {
                "gauge": {"chip": "max17048", "address": GAUGE_ADDRESS},
                **{
                    name: {
                        "chip": "ina219",
                        "address": address,
                        "feeds": name,
                        "positive": "import",
                        "shunt_ohms": SHUNT_OHMS,
                        "max_current_a": 0.31 / SHUNT_OHMS,
                    }
                    for name, address in SHUNTS.items()
                },
            },
        },
        "sellers": {SELLER: {"account": accounts[SELLER]}},
        "relay": {
            "name": RELAY,
            "host": "127.0.0.1",
            "port": RELAY_PORT,
            "pins": list(PINS),
            "loads": {BUYER: rated},
            "sources": {SELLER: rated},
            "connections": [
                {
                    "load": BUYER,
                    "source": SELLER,
                    "channels": list(CHANNELS),
                    "holder": accounts[BUYER],
                    "consents": [accounts[SELLER]],
                }
            ],
        },
        "mqtt": {
            "host": "127.0.0.1",
            "user": "peerwatt",
            "password_file": "/etc/peerwatt/mqtt.password",
        },
        "utility": {"name": "grid", "address": accounts[GRID], "peak_w": PEAK_W},
    }
    return yaml.safe_dump(content, sort_keys=False)
