"""The parameters file: whatever a person or an old installation may have put in it."""

from pathlib import Path

from node.core.errors import ConfigError
from node.parameters import load
from tests.fuzz.campaign import Target
from tests.fuzz.files import written

_ROOT = Path(__file__).parents[2]


def target(data: bytes) -> None:
    """Load a file: it is taken, or every problem is told in one ConfigError."""
    try:
        load(written("parameters.yml", data))
    except ConfigError as error:
        assert error.problems


def _sections() -> list[bytes]:
    """Cut the example into its sections: small files are read sooner, and so more of them."""
    lines = (_ROOT / "parameters.example.yml").read_text(encoding="utf-8").splitlines()
    said = [line for line in lines if line.strip() and not line.strip().startswith("#")]
    sections: list[list[str]] = []
    for line in said:
        if not line.startswith(" "):
            sections.append([])
        sections[-1].append(line)
    return ["\n".join(section).encode() + b"\n" for section in sections]


_OURS = (
    b"node: {limit: 20, resume: 30, role: prosumer, delta: 200}\n",
    b"mqtt: {host: broker, password: hunter2, user: me}\n",
    b"node: {accountpswd: hunter2, typ: C, sensorId: 1}\n",
    b"clock: {speed: 720, origin: {real: 0, calendar: 5}}\n",
    b"a: &x {b: 1}\nnode: {<<: *x, limit: 5}\n",
    b"sellers:\n  home2: {account: 0x00625A1A269AC76c7c7B98939b5E60916FD41070, channels: [0, 1]}\n",
)
TARGET = Target(
    name="parameters",
    run=target,
    examples=(
        *_sections(),
        *_OURS * 3,
        (_ROOT / "tests" / "node" / "parameters" / "data" / "ancestor.yml").read_bytes(),
    ),
    tokens=(
        b"- ", b": ", b"&a ", b"*a", b"<<: ", b"!!python/object:os.system ", b"!!binary ",
        b"!!set ", b"!!timestamp ", b"2001-01-01", b"!!int ", b"!!float ", b"? ", b"| ", b"> ",
        b"--- ", b"...", b"%YAML 1.1", b"0o7", b"0b1", b"1:30:00", b"~", b"{a: b}", b"[1, 2]",
        b"node", b"relay", b"sellers", b"contract", b"connections", b"1e400", b"1e999999",
    ),
)  # fmt: skip
