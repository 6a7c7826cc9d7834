"""The arrows of the house: who may import whom, and which room may name which library."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

HOUSE = (
    (
        "node.core.errors", "node.core.units", "node.core.records", "node.core.budget",
        "node.core.holdoff", "node.core.forecast",
    ),
    ("node.core.relay", "node.core.energy", "node.core.auction", "node.core.commitment"),
    ("node.core.reduction",),
    ("node.core.wire", "node.core.commands", "node.core.sharing"),
    ("node.core.facts",),
    ("node.core.underway",),
    ("node.core.observation", "node.core.utility"),
    ("node.core.faults",),
    ("node.core.supply", "node.core.delivery", "node.core.trading", "node.core.alerts"),
    ("node.core.home",),
    ("node.system", "node.ports"),
    ("node.keys", "node.mqtt", "node.state"),
    ("node.parameters",),
    ("node.links", "node.devices", "node.away", "node.ledger.settings"),
    ("node.settings", "node.ledger.contracts"),
    ("node.ledger.chain",),
    ("node.ledger.sending", "node.ledger.views"),
    (
        "node.ledger.views.home", "node.ledger.views.utility", "node.ledger.operator",
        "node.ledger.pace",
    ),
    ("node.ledger.observing", "node.ledger.once"),
    ("node.ledger.engine",),
    ("node.ledger.thread", "node.account", "node.export"),
    ("node.checks", "node.scan"),
    ("node.home", "node.utility"),
    ("node.command_line",),
    ("node.__main__",),
)  # fmt: skip
"""The floors of `node`, ground first: a room knows those below it, and none beside it.

A room's name stands for every module that begins with it.
"""
FLOORS = {room: floor for floor, rooms in enumerate(HOUSE) for room in rooms}
FROM_THE_RELAY = FLOORS["node.parameters"]
"""The highest floor that the relay's program may look into."""

LIBRARIES = {
    "adafruit_ads1x15": ("node.devices",),
    "adafruit_ina219": ("node.devices",),
    "adafruit_ina228": ("node.devices",),
    "adafruit_ina260": ("node.devices",),
    "adafruit_max1704x": ("node.devices",),
    "smbus2": ("node.devices", "relay_server.expanders"),
    "pymodbus": ("node.devices.sources", "village.meters"),
    "sunspec2": ("node.devices.sources",),
    "sml": ("node.devices.sources",),
    "bitstring": ("node.devices.sources",),
    "gpiozero": ("relay_server.board", "relay_server.pins", "node.devices"),
    "gpiod": ("relay_server.pins", "node.devices.pulse_line", "node.system.gpio"),
    "aiohttp": ("page",),
    "python_calamine": ("community.imports.eda",),
    "psycopg": ("community.databases.postgresql",),
    "segno": ("node.account.qr",),
    "paho": (
        "node.mqtt",
        "node.links.broker",
        "relay_server.mqtt",
        "village.broker_ear",
        "village.meters",
    ),
    "web3": (),
    "eth_account": (),
    "eth_abi": ("node.ledger",),
    "rlp": ("node.keys.transactions",),
    "coincurve": ("node.keys",),
    "Crypto": (
        "node.keys.keccak",
        "node.keys.keystore",
        "node.account.vault",
        "node.devices.sources.citizenwatt_serial",
    ),
    "yaml": (
        "node.parameters",
        "page.parameters",
        "village.households",
        "village.one_home",
        "bench",
    ),
    "pydantic": ("node.parameters", "community.rules"),
    "pydantic_core": ("node.parameters",),
}

WITH_A_KEY = ("node.keys", "node.ledger", "node.home", "node.utility", "node.links")
"""What the community's tools never touch: they have files alone."""
OF_THE_CHAIN = ("node.ledger.chain", "node.ledger.contracts", "node.ledger.views")
"""What one room of theirs reads a chain by, as anybody may: without a key, and sending nothing."""

NOT_IN_CORE = {
    "asyncio", "datetime", "logging", "os", "pathlib", "random", "secrets", "selectors", "shutil",
    "signal", "socket", "subprocess", "tempfile", "threading", "time", "uuid",
}  # fmt: skip


def modules(package: str) -> Iterator[tuple[str, Path]]:
    for path in sorted((ROOT / package).rglob("*.py")):
        if "node_modules" in path.parts:
            continue
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__"), path


@cache
def parsed(path: Path) -> ast.Module:
    """Parse a file, once for all tests."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> tuple[str, ...]:
    found: list[str] = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from package import module` names the module.
            found += (f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(found)


@cache
def room_of(module: str) -> str | None:
    found = [
        name for name in FLOORS if module == name or module.startswith((name + ".", name + "_"))
    ]
    return max(found, key=len, default=None)


def breach(module: str, imported: str) -> str:
    """Say which arrow of the house an import breaks; empty where it keeps to them."""
    own, other = room_of(module), room_of(imported)
    if other is None or other == own:
        return ""
    assert own is not None, f"{module} stands on no floor"
    return "" if FLOORS[other] < FLOORS[own] else f"{module} imports {imported}"


# Artifacts are our own, and `strict_json` counts the brackets itself.
READS_JSON = (
    "node.core.wire.json_text",
    "node.core.wire.strict_json",
    "node.ledger.contracts.artifacts",
)
PACKAGES = (
    "peerwatt", "node", "relay_server", "community", "contracts", "page", "village", "bench",
)  # fmt: skip
READERS = ("node.", "relay_server.")
NODE = [(name, path) for name, path in modules("node") if name != "node"]
ALL = [module for package in PACKAGES for module in modules(package)]


def arrows(found: Iterable[tuple[str, Path]]) -> Iterator[tuple[str, str]]:
    """Give each import of some modules: whose it is, and what it names."""
    return ((module, name) for module, path in found for name in imports(path))


def test_every_module_of_the_node_has_a_floor_and_imports_only_downwards():
    homeless = [
        module for module, path in NODE if path.name != "__init__.py" and room_of(module) is None
    ]
    broken = [found for module, name in arrows(NODE) if (found := breach(module, name))]

    assert (homeless, broken) == ([], [])


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("node.home.app", "node.utility.settings"),
        ("node.utility.loop", "node.home.outward.publishing"),
        ("node.core.supply.step", "node.core.trading.state"),
        ("node.core.delivery.step", "node.core.supply.credit"),
        ("node.core.trading.step", "node.core.delivery.state"),
        ("node.core.energy.battery", "node.core.observation"),
        ("node.core.records", "node.core.facts"),
        ("node.ledger.chain.rpc", "node.ledger.sending.outbox"),
        ("node.ledger.views.home.observer", "node.ledger.views.utility.observer"),
        ("node.ledger.sending.fulfilment", "node.ledger.engine"),
        ("node.links.relay.link", "node.home.app"),
        ("node.system.clock", "node.parameters.types"),
    ],
)
def test_an_arrow_that_goes_up_or_across_is_found(module, imported):
    assert breach(module, imported)


def test_packages_keep_to_the_arrows_between_them():
    allowed = {
        "peerwatt": {"peerwatt", "node"},
        "node": {"node"},
        "relay_server": {"relay_server", "node"},
        "contracts": {"contracts", "node"},
        "community": {"community", "node"},
        "page": {"page", "node"},
        "village": {"village", "node"},
        "bench": {"bench", "village", "relay_server", "community", "contracts", "node", "tests"},
    }
    barred = {own: {*PACKAGES, "tests"} - others for own, others in allowed.items()}

    assert [
        (module, name)
        for module, name in arrows(ALL)
        if name.split(".")[0] in barred[module.split(".")[0]]
    ] == []


def test_the_community_has_no_key_and_no_home():
    def may(module, name):
        return module.startswith("community.chain") and name.startswith(OF_THE_CHAIN)

    assert [
        (module, name)
        for module, name in arrows(modules("community"))
        if name.startswith(WITH_A_KEY) and not may(module, name)
    ] == []


def test_each_library_stands_in_its_own_room():
    assert [
        (module, name)
        for module, name in arrows(ALL)
        if (rooms := LIBRARIES.get(name.split(".")[0])) is not None and not module.startswith(rooms)
    ] == []


def test_another_wallets_library_is_loaded_by_one_place_that_holds_what_it_raises():
    """It lets Python recurse until the C stack is full, and the tests' process ends."""
    files = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    found = [
        path.stem for path in files if re.search("(import|from) eth_account", path.read_text())
    ]

    assert found == ["other_wallets"]


def test_core_imports_the_standard_library_alone_and_no_clock_log_thread_or_file():
    core = [found for found in NODE if found[0].startswith("node.core")]
    allowed = ({*sys.stdlib_module_names} | {"node"}) - NOT_IN_CORE

    assert [
        (module, name) for module, name in arrows(core) if name.split(".")[0] not in allowed
    ] == []


def test_relay_server_imports_of_the_node_only_core_and_the_base_floor():
    assert [
        (module, name)
        for module, name in arrows(modules("relay_server"))
        if (room := room_of(name)) is not None and FLOORS[room] > FROM_THE_RELAY
    ] == []


FOR_THE_PAGE = (
    "node.core.errors", "node.core.units", "node.core.wire.json_text", "node.links.status",
    "node.system",
)  # fmt: skip
"""All that the page has of the node: it can reach neither key, journal, chain nor parameters."""


def test_the_page_imports_of_the_node_the_status_socket_and_the_base_alone():
    assert [
        (module, name)
        for module, name in arrows(modules("page"))
        if name.startswith("node.") and not name.startswith(FOR_THE_PAGE)
    ] == []


def test_the_page_as_it_runs_loads_neither_parameters_nor_keys_nor_the_chains_libraries():
    show = "import sys, page.server, page.command_line; print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", show], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = told.stdout.split()

    assert "aiohttp" in loaded
    for barred in (
        "pydantic", "web3", "eth_account", "coincurve", "paho", "sqlite3",
        "node.parameters", "node.keys", "node.ledger", "node.state",
    ):  # fmt: skip
        assert barred not in loaded


def test_no_file_carries_its_folders_name_as_a_prefix():
    assert [name for name, path in NODE if path.stem.startswith(f"{path.parent.name}_")] == []


def test_json_is_read_where_its_depth_is_bounded():
    assert [
        module
        for module, path in ALL
        if module.startswith(READERS)
        and module not in READS_JSON
        and "json.load" in path.read_text(encoding="utf-8")
    ] == []


def test_every_file_is_short_and_says_its_idea_first():
    assert [module for module, path in ALL if not ast.get_docstring(parsed(path))] == []
    # About 300; a little more is better than a split without a name.
    assert [
        module for module, path in ALL if len(path.read_text(encoding="utf-8").splitlines()) > 350
    ] == []


def test_no_circle_in_the_imports():
    graph = {
        name: {found for found in imports(path) if found.startswith("node")}
        for name, path in modules("node")
    }
    known = set(graph)

    def target(name: str) -> str | None:
        return name if name in known else (name.rpartition(".")[0] if "." in name else None)

    edges = {
        name: {t for found in targets if (t := target(found)) in known and t != name}
        for name, targets in graph.items()
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name in done:
            return
        for other in edges[name]:
            visit(other, (*trail, name))
        done.add(name)

    for name in edges:
        visit(name, ())
