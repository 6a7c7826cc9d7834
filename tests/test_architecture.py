"""The arrows of the house: who may import whom, and which room may name which library."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FLOORS = {
    "node.__main__": 7,
    "node.command_line": 6,
    "node.commands": 6,
    "node.restore": 6,
    "node.backup": 6,
    "node.check": 6,
    "node.app": 5,
    "node.roles": 4,
    "node.settings": 4,
    "node.devices": 3,
    "node.links": 3,
    "node.ledger": 3,
    "node.loops": 3,
    "node.ports": 2,
    "node.parameters": 2,
    "node.journal": 2,
    "node.recorder": 2,
    "node.clock": 2,
    "node.followed_time": 2,
    "node.event_loop": 2,
    "node.mqtt": 2,
    "node.seldom": 2,
    "node.service": 2,
    "node.footprint": 2,
    "node.goodbye": 2,
    "node.away": 2,
    "node.filelock": 2,
    "node.login": 2,
    "node.ownership": 2,
    "node.promise": 2,
    "node.qr": 2,
    "node.words": 2,
    "node.check_finding": 2,
    "node.terminal": 2,
    "node.foreign_text": 2,
    "node.asking": 2,
    "node.core": 1,
}
"""The floor of each room of `node`; a name stands for every module that begins with it."""

LIBRARIES = {
    "adafruit_ina219": ("node.devices",),
    "adafruit_max1704x": ("node.devices",),
    "smbus2": ("node.devices",),
    "gpiozero": ("relay_server.board", "relay_server.pins"),
    "gpiod": ("relay_server.pins",),
    "segno": ("node.qr",),
    "paho": ("node.links.mqtt", "node.mqtt", "relay_server.mqtt", "village.broker_ear"),
    "web3": ("village.books",),
    "eth_account": ("node.ledger",),
    "eth_abi": ("node.ledger",),
    "coincurve": ("node.ledger", "relay_server.signatures", "village.community", "bench"),
    "Crypto": ("node.ledger", "node.parameters", "relay_server.signatures"),
    "yaml": ("node.parameters", "village.households", "bench"),
    "pydantic": ("node.parameters",),
    "pydantic_core": ("node.parameters",),
}

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


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from package import module` names the module.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(module: str) -> str | None:
    found = [
        name for name in FLOORS if module == name or module.startswith((name + ".", name + "_"))
    ]
    return max(found, key=len, default=None)


# Artifacts are our own, and `strict_json` counts the brackets itself.
READS_JSON = ("node.core.json_text", "node.core.strict_json", "node.ledger.artifacts")
READERS = ("node.", "relay_server.")
NODE = [pytest.param(name, path, id=name) for name, path in modules("node") if name != "node"]
ALL = [
    pytest.param(name, path, id=name)
    for package in ("node", "relay_server", "contracts", "village", "bench")
    for name, path in modules(package)
]


@pytest.mark.parametrize(("module", "path"), NODE)
def test_every_module_of_the_node_has_a_floor_and_imports_only_downwards(module, path):
    own = room_of(module)
    assert own is not None, f"{module} stands on no floor"

    for name in imports(path):
        other = room_of(name) if name.startswith("node.") else None
        if other is None or other == own:
            continue
        assert FLOORS[other] < FLOORS[own] or FLOORS[own] in (2, 6), f"{module} imports {name}"
        assert FLOORS[other] <= FLOORS[own], f"{module} imports {name}"


@pytest.mark.parametrize(("module", "path"), ALL)
def test_packages_keep_to_the_arrows_between_them(module, path):
    allowed = {
        "node": {"node"},
        "relay_server": {"relay_server", "node"},
        "contracts": {"contracts", "node"},
        "village": {"village", "node"},
        "bench": {"bench", "village", "relay_server", "contracts", "node", "tests"},
    }[module.split(".")[0]]
    ours = {"node", "relay_server", "contracts", "village", "bench", "tests"}

    for name in imports(path):
        package = name.split(".")[0]
        assert package not in ours or package in allowed, f"{module} imports {name}"


@pytest.mark.parametrize(("module", "path"), ALL)
def test_each_library_stands_in_its_own_room(module, path):
    for name in imports(path):
        rooms = LIBRARIES.get(name.split(".")[0])
        assert rooms is None or module.startswith(rooms), f"{module} imports {name}"


@pytest.mark.parametrize(
    ("module", "path"), [param for param in NODE if param.values[0].startswith("node.core")]
)
def test_core_imports_the_standard_library_alone_and_no_clock_log_thread_or_file(module, path):
    for name in imports(path):
        first = name.split(".")[0]
        assert first == "node" or first in sys.stdlib_module_names, f"{module} imports {name}"
        assert first not in NOT_IN_CORE, f"{module} imports {name}"


@pytest.mark.parametrize(
    ("module", "path"),
    [pytest.param(name, path, id=name) for name, path in modules("relay_server")],
)
def test_relay_server_imports_of_the_node_only_core_and_the_base_floor(module, path):
    for name in imports(path):
        room = room_of(name) if name.startswith("node.") else None
        assert room is None or FLOORS[room] <= 2, f"{module} imports {name}"


@pytest.mark.parametrize(
    ("module", "path"),
    [pytest.param(*param.values, id=param.id) for param in ALL if param.id.startswith(READERS)],
)
def test_json_is_read_where_its_depth_is_bounded(module, path):
    assert module in READS_JSON or "json.load" not in path.read_text(encoding="utf-8"), module


@pytest.mark.parametrize(("module", "path"), ALL)
def test_every_file_is_short_and_says_its_idea_first(module, path):
    text = path.read_text(encoding="utf-8")

    assert ast.get_docstring(ast.parse(text)), f"{module} does not say its idea"
    # About 300; a little more is better than a split without a name.
    assert len(text.splitlines()) <= 350, f"{module} has more than 350 lines"


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
