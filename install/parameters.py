"""Write the first parameters file of a host: the sections of its roles, ready to be edited.

    python3 parameters.py EXAMPLE ROLE[,ROLE...] [--broker-user NAME]

The text comes from parameters.example.yml. What is an example there (an offer, the auction,
neighbours, wiring, a played calendar) is left out as a comment, so that nobody's account is
trusted unawares.
Touches nothing but its output; needs the system's own Python alone.
"""

import argparse
import re
from pathlib import Path

SECTIONS = {
    "node": ("include", "community", "contract", "node", "sellers", "relay", "mqtt"),
    "relay": ("include", "community", "relay", "mqtt"),
    "utility": ("include", "community", "contract", "mqtt", "utility"),
}
EXAMPLES = ("offer", "auction", "sellers", "loads", "sources", "connections", "expanders")
BROKER_PASSWORD = "/etc/peerwatt/mqtt.password"
HEAD = """# Peerwatt's parameters, for what runs on this host: {roles}. Written by install.sh, which
# never writes it again: it is yours. `sudo peerwatt check` tells everything that is wrong with it.
#
# Above each key stand what it says and, in brackets, its unit, its range and its default. A key
# left out, or null, has its default. Energies are in Wh, exact to 0.001; money is in tokens, exact
# to 0.000001. Secrets are paths to files, never values. What is commented out is an example.
"""


def sections(text: str) -> dict[str, list[str]]:
    """Part a parameters file at its top-level keys; a section's comment belongs to it."""
    found: dict[str, list[str]] = {}
    for block in re.split(r"\n\n", text):
        lines = block.splitlines()
        named = [line for line in lines if re.match(r"\w+:", line)]
        if named:
            found[named[0].partition(":")[0]] = lines
    return found


def commented(lines: list[str]) -> list[str]:
    """Comment out what stands under the keys of EXAMPLES, and those keys' values with them."""
    told: list[str] = []
    within: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if within is not None and line.strip() and indent > within:
            told.append(f"{' ' * within}#{line[within:]}")
            continue
        within = None
        key = line.strip().rstrip(":")
        if key in EXAMPLES and line.strip().endswith(":"):
            within = indent
            line = f"{' ' * indent}#{line.strip()}"
        told.append(line)
    return told


def with_broker(lines: list[str], user: str) -> list[str]:
    """Name the user and the password file of the broker on this host."""
    values = {"user": user, "password_file": BROKER_PASSWORD}
    return [
        re.sub(r"^  (\w+): null$", lambda key: f"  {key[1]}: {values.get(key[1], 'null')}", line)
        for line in lines
    ]


def first_parameters(example: str, roles: list[str], broker_user: str | None) -> str:
    """Give the whole file."""
    known = sections(example)
    given = [role for role in SECTIONS if role in roles]
    wanted = {name for role in given for name in SECTIONS[role]}
    parts = [HEAD.format(roles=", ".join(given))]
    for name, lines in known.items():
        if name not in wanted:
            continue
        lines = commented(lines)
        if name == "mqtt":
            # Without a broker of this host nobody knows yet where it is, or whether there is one.
            lines = with_broker(lines, broker_user) if broker_user else off(lines)
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def off(lines: list[str]) -> list[str]:
    """Comment a whole section out."""
    return [line if line.startswith("#") else f"#{line}" for line in lines]


def main() -> None:
    """Print the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("example", type=Path)
    parser.add_argument("roles", type=lambda text: text.split(","))
    parser.add_argument("--broker-user", metavar="NAME")
    options = parser.parse_args()
    text = options.example.read_text(encoding="utf-8")
    print(first_parameters(text, options.roles, options.broker_user), end="")


if __name__ == "__main__":
    main()
