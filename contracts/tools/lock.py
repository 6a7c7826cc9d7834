#!/usr/bin/env python3
"""Make package-lock.json hold on every machine that builds the contracts.

    tools/lock.py           rewrite the lock file; needed after any `npm install`
    tools/lock.py --check   say what is wrong with it; exit 1 if anything is

npm writes into the lock what it saw on one machine. Four things of that do not travel:
- `resolved` names the registry that answered; without it npm asks the one that the reader has.
- A platform whose package that registry did not have is absent, and newer npm then refuses the
  whole lock file. An entry added here carries no integrity hash, because nobody here has seen the
  package: npm trusts its registry for it.
- `engines` of the native binaries asks for a Node newer than Debian 12's. They need no Node at all,
  yet npm leaves an optional package out, without a word, when its `engines` does not fit.
- `bin` of the native binaries claims the same name as the package that chooses among them, and
  older npm then links neither.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parent.parent / "package-lock.json"

# The native binaries; each names its packages, one a platform, in `optionalDependencies`.
TOOLS = ("@foundry-rs/anvil", "@foundry-rs/forge")

# What Foundry calls a processor, and what Node does.
PROCESSORS = {"amd64": "x64", "arm64": "arm64"}


def main() -> int:
    """Rewrite or check the lock file; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    check = parser.parse_args().check
    found = LOCK.read_text(encoding="utf-8")
    wanted = portable(json.loads(found))
    if found == wanted:
        print("package-lock.json holds on every machine")
        return 0
    if check:
        print("package-lock.json holds on one machine only: run tools/lock.py", file=sys.stderr)
        return 1
    LOCK.write_text(wanted, encoding="utf-8")
    print("package-lock.json: written")
    return 0


def portable(lock: dict[str, Any]) -> str:
    """Return the text of the lock file without what belongs to one machine."""
    packages = lock["packages"]
    for tool in TOOLS:
        for name, version in packages[f"node_modules/{tool}"]["optionalDependencies"].items():
            entry = packages.setdefault(f"node_modules/{name}", binary(name, version))
            entry.pop("engines", None)
            entry.pop("bin", None)
    for entry in packages.values():
        entry.pop("resolved", None)
    # Sorted, as npm has it: an added entry stands where npm would put it.
    lock["packages"] = {name: packages[name] for name in sorted(packages)}
    return json.dumps(lock, indent=2, ensure_ascii=False) + "\n"


def binary(name: str, version: str) -> dict[str, Any]:
    """Return the entry of a platform's package, named like `@foundry-rs/anvil-linux-arm64`."""
    _, system, processor = name.rsplit("-", maxsplit=2)
    return {
        "version": version,
        "cpu": [PROCESSORS[processor]],
        "dev": True,
        "license": "MIT OR Apache-2.0",
        "optional": True,
        "os": [system],
    }


if __name__ == "__main__":
    sys.exit(main())
