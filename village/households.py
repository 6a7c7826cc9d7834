"""Write what each process of the village reads: parameters files, keystores, password files."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from node.core.units import MILLIWH_PER_WH, TOKEN
from node.parameters.scheme import CONTRACTS
from node.system.clock import Clock
from village.chains import USUAL, ChainKind
from village.chips.outfits import OUTFITS
from village.plant.street import NOMINAL_V, Home, Role, Street
from village.tcp import free_port

COMMUNITY = "village"
RELAY = "board"
UTILITY = "utility"
FULL_SPEED = 720.0
"""Calendar seconds per second of the village's time: an hour in five."""
SAMPLE_PERIOD_S = 0.1
SAMPLE_CALENDAR_S = SAMPLE_PERIOD_S * FULL_SPEED
RECEIPT_PERIOD_S = 0.5
LEASE_S = 1.5
CONSENT_S = 3.0
RECORDED_CYCLES = 20_000
"""More than a day of the village has, so that the whole of it can be replayed."""
MARGIN_MILLIWH = 2_500
LINE_RATED_A = 3.0
"""More than a played home ever draws: six watts at 12.8 V, twice over."""
TRADING: dict[str, object] = {
    "auction": {"sell": "solar"},
    "budget": {"tokens_per_day": 100, "max_price": 1_000},
    "recorded_cycles": 2048,
}
"""What a home of the market adds: it buys and sells at what it is worth to it."""
Addresses = Mapping[str, str]
"""Where the community's contracts stand, by the operator's words for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Hold where everything of one village is; `sockets` is short, as a socket's path must be.

    `time` is the file by which time is handed out, None where all live by the machine's clocks.
    Where the chain has a door, homes go through that.
    """

    directory: Path
    sockets: Path
    chain_port: int
    broker_port: int
    relay_port: int
    time: Path | None
    door_port: int = 0
    chain: ChainKind = USUAL

    @classmethod
    def on_free_ports(
        cls,
        directory: Path,
        sockets: Path,
        time: Path | None = None,
        chain: ChainKind = USUAL,
    ) -> "Places":
        """Choose ports that nobody listens on now."""
        return cls(
            chain=chain,
            door_port=free_port() if chain.has_door else 0,
            directory=directory,
            sockets=sockets,
            chain_port=free_port(),
            broker_port=free_port(),
            relay_port=free_port(),
            time=time,
        )

    def home(self, name: str) -> Path:
        """Give a home's folder."""
        return self.directory / name

    def bus(self, name: str) -> Path:
        """Give the socket of a home's played bus."""
        return self.sockets / f"{name}.i2c"

    @property
    def rpc(self) -> str:
        """Give the chain's endpoint."""
        return f"http://127.0.0.1:{self.chain_port}"

    @property
    def chain_socket(self) -> Path:
        """Give the socket by which the chain can be asked, too."""
        return self.sockets / "chain.ipc"

    @property
    def login(self) -> Path:
        """Give the file with what the chain's door asks for."""
        return self.directory / "login"

    @property
    def endpoint(self) -> str:
        """Give how homes reach the chain."""
        if self.chain.way == "socket":
            return str(self.chain_socket)
        return f"{self.chain.way}://127.0.0.1:{self.door_port or self.chain_port}"


@contextmanager
def short_folder() -> Iterator[Path]:
    """Make a folder for sockets, gone at the end.

    A socket's path holds 107 bytes (unix(7)), and a checkout's may be longer.
    """
    with tempfile.TemporaryDirectory(prefix="peerwatt-") as folder:
        yield Path(folder)


def write_home(
    places: Places,
    street: Street,
    home: Home,
    accounts: dict[str, str],
    meter_id: int,
    addresses: Addresses,
    clock: Clock,
    interval_s: int,
) -> Path:
    """Write one home's parameters file, and give its path."""
    folder = places.home(home.name)
    wires = [wire for wire in street.wires if wire.load == home.name]
    content = {
        "community": COMMUNITY,
        "clock": clock_section(clock, places.time),
        "contract": {
            "node": places.endpoint,
            **({"login_file": str(places.login)} if places.chain.wants_token else {}),
            "empty_blocks": not places.chain.only_with_work,
            **contracts_at(addresses),
            "interval_s": interval_s,
            "poll_s": 0.1,
            "max_age_s": 10,
        },
        "node": _node(places, street, home, accounts, meter_id, interval_s)
        | (TRADING if home.role is Role.PROSUMER else {}),
        "sellers": {
            wire.source: {"account": accounts[wire.source], "channels": list(wire.channels)}
            for wire in wires
        },
        "relay": {"host": "127.0.0.1", "port": places.relay_port},
        "mqtt": {"host": "127.0.0.1", "port": places.broker_port},
    }
    return write_parameters(folder / "parameters.yml", content)


def contracts_at(addresses: Addresses) -> dict[str, str]:
    """Give the addresses as the section `contract` has them."""
    return {key: addresses[name] for name, key in CONTRACTS.items() if name in addresses}


def write_relay(places: Places, street: Street, accounts: dict[str, str]) -> Path:
    """Write the relay host's parameters file, and give its path."""
    folder = places.home(RELAY)
    folder.mkdir(parents=True, exist_ok=True)
    rated = {"nominal_v": NOMINAL_V, "rated_current_a": LINE_RATED_A}
    several = {
        "max_loads": street.source_loads,
        "max_current_a": LINE_RATED_A * street.source_loads,
    }
    channels = sum(len(wire.channels) for wire in street.wires)
    content = {
        "community": COMMUNITY,
        **({} if places.time is None else {"clock": {"follow": str(places.time)}}),
        "relay": {
            "name": RELAY,
            "listen": "127.0.0.1",
            "port": places.relay_port,
            "board": "mock",
            "pins": list(range(channels)),
            "state_directory": str(folder / "state"),
            "min_change_s": 0.1,
            # An hour of the relay's own clock is weeks of the street's.
            "closings_per_hour": 1_000_000,
            "loads": {wire.load: rated for wire in street.wires},
            "sources": {wire.source: rated | several for wire in street.wires},
            "connections": [
                {
                    "load": wire.load,
                    "source": wire.source,
                    "channels": list(wire.channels),
                    "holder": accounts[wire.load],
                    "consents": [accounts[wire.source]],
                }
                for wire in street.wires
            ],
        },
        "mqtt": {"host": "127.0.0.1", "port": places.broker_port},
    }
    return write_parameters(folder / "parameters.yml", content)


def _node(
    places: Places,
    street: Street,
    home: Home,
    accounts: dict[str, str],
    meter_id: int,
    interval_s: int,
) -> dict[str, object]:
    folder = places.home(home.name)
    node: dict[str, object] = {
        "name": home.name,
        "role": home.role.value,
        "address": accounts[home.name],
        "keystore": str(folder / "keystore.json"),
        "password_file": str(folder / "password"),
        "state_directory": str(folder / "state"),
        "battery_wh": home.battery_milliwh / MILLIWH_PER_WH,
        "limit": home.limit_pct,
        "resume": home.resume_pct,
        "sell_floor": home.sell_floor_pct,
        "delta": MARGIN_MILLIWH / MILLIWH_PER_WH,
        "min_dwell_s": 1.0,
        "hold_off_s": 1.0,
        "hold_off_max_s": 8.0,
        "sample_period_s": SAMPLE_PERIOD_S,
        "max_age_s": 2.0,
        "recorded_cycles": RECORDED_CYCLES,
        "lease_s": LEASE_S,
        "consent_s": CONSENT_S,
        "receipt_period_s": RECEIPT_PERIOD_S,
        "rated_current_a": LINE_RATED_A,
        "report": {"meter": meter_id, "interval_s": interval_s},
        "i2c": f"unix:{places.bus(home.name)}",
        "sensors": {name: dict(sensor) for name, sensor in OUTFITS[home.outfit].items()},
    }
    if home.role is Role.PROSUMER and home.name not in {wire.source for wire in street.wires}:
        # Nobody is wired to it: it offers nothing beside the auction.
        node["offer"] = {"price": home.price_per_kwh / TOKEN, "available_wh": 0}
    elif home.role is not Role.CONSUMER:
        node["offer"] = {
            "price": home.price_per_kwh / TOKEN,
            "least_wh": 0.1,
            "valid_s": 3 * 3600,
            "duration_s": 6 * 3600,
        }
    return node


def clock_section(clock: Clock, follow: Path | None) -> dict[str, object]:
    """Give what anchors a process's calendar to the village's, and where its time is handed out."""
    origin = {"real": clock.origin_real_s, "calendar": clock.origin_calendar_s}
    handed_out = {} if follow is None else {"follow": str(follow)}
    return {"speed": clock.speed, "origin": origin, **handed_out}


def write_parameters(path: Path, content: Mapping[str, object]) -> Path:
    """Write a parameters file, and give its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path
