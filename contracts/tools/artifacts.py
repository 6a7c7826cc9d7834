#!/usr/bin/env python3
"""Write what the contracts compile to into abi/, so that no Pi needs a compiler; or check it.

    tools/artifacts.py           build, then write abi/*.json
    tools/artifacts.py --check   build, then say which abi/*.json differ; exit 1 if any does

Needs `npm ci` once, and no network. The same sources give the same bytes on every machine.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FORGE = ROOT / "tools" / "forge"
ABI = ROOT / "abi"

# Interfaces, libraries and the tests' contracts are not deployed, so they have no artifact; but the
# village plays a street whose token is older than ours.
CONTRACTS = (
    "EnergyToken",
    "MeterRegistry",
    "MeterFeed",
    "EnergySale",
    "IntervalAuction",
    "AuctionLens",
    "OldToken",
    "CommitmentPool",
    "ReductionAuction",
)


def main() -> int:
    """Write or check the artifacts; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    check = parser.parse_args().check
    try:
        artifacts = build()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"artifacts: the contracts did not build: {error}", file=sys.stderr)
        return 1
    return compare(artifacts) if check else write(artifacts)


def build() -> dict[str, str]:
    """Compile all afresh, away from forge's own cache; return each artifact's text by contract."""
    with tempfile.TemporaryDirectory() as scratch:
        out, cache = Path(scratch, "out"), Path(scratch, "cache")
        options = [
            "--quiet",
            "--force",
            "--skip",
            "test",
            "--out",
            str(out),
            "--cache-path",
            str(cache),
        ]
        subprocess.run([str(FORGE), "build", *options], cwd=ROOT, check=True)
        return {name: render(artifact(name, out)) for name in CONTRACTS}


def artifact(name: str, out: Path) -> dict[str, object]:
    """Return what is kept of forge's output for one contract."""
    built = json.loads((out / f"{name}.sol" / f"{name}.json").read_text(encoding="utf-8"))
    metadata = built["metadata"]
    settings = metadata["settings"]
    ours = sorted(path for path in metadata["sources"] if path.startswith(("src/", "test/")))
    return {
        "contract": name,
        "compiler": metadata["compiler"]["version"],
        "evm_version": settings["evmVersion"],
        "optimizer_runs": settings["optimizer"]["runs"],
        "via_ir": settings.get("viaIR", False),
        # Of this project's own files, so that a stale artifact shows without a compiler.
        "source_sha256": {
            path: hashlib.sha256((ROOT / path).read_bytes()).hexdigest() for path in ours
        },
        "abi": built["abi"],
        "bytecode": built["bytecode"]["object"],
    }


def render(content: dict[str, object]) -> str:
    """Return JSON with one line for each ABI entry, so that a difference can be read."""
    lines = []
    for key, value in content.items():
        if isinstance(value, list):
            entries = ",\n".join("    " + json.dumps(entry, sort_keys=True) for entry in value)
            lines.append(f"  {json.dumps(key)}: [\n{entries}\n  ]")
        elif isinstance(value, dict):
            entries = ",\n".join(
                f"    {json.dumps(name)}: {json.dumps(item)}" for name, item in value.items()
            )
            lines.append(f"  {json.dumps(key)}: {{\n{entries}\n  }}")
        else:
            lines.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def write(artifacts: dict[str, str]) -> int:
    """Replace the artifacts in abi/."""
    ABI.mkdir(exist_ok=True)
    for name, text in artifacts.items():
        (ABI / f"{name}.json").write_text(text, encoding="utf-8")
        print(f"abi/{name}.json: written")
    return 0


def compare(artifacts: dict[str, str]) -> int:
    """Say which artifacts in abi/ are not what the sources compile to."""
    wrong = 0
    for name, text in artifacts.items():
        path = ABI / f"{name}.json"
        if not path.exists():
            print(f"abi/{name}.json is missing: run tools/artifacts.py", file=sys.stderr)
            wrong += 1
        elif path.read_text(encoding="utf-8") != text:
            why = "is not what src/ compiles to"
            print(f"abi/{name}.json {why}: run tools/artifacts.py", file=sys.stderr)
            wrong += 1
    for path in sorted(ABI.glob("*.json")):
        if path.stem not in artifacts:
            print(f"abi/{path.name} belongs to no contract: remove it", file=sys.stderr)
            wrong += 1
    if not wrong:
        print("abi/ is what src/ compiles to")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
