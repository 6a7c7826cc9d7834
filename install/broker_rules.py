"""Write the access rules of the street's broker: whom it lets read and write which topic.

    python3 broker_rules.py --parameters FILE [--host USER=ROLE]... [--reader USER=HOME]...
        [--home-assistant USER=HOME]...

Every topic that a home may write is named one by one: whatever it retains, it is so many topics
at most. Mosquitto (acl_file) grants what one line grants, and nothing else.
"""

import argparse
import re
import sys
from pathlib import Path

try:
    from node.home.numbers import NUMBERS
    from node.home.snapshot import VALUES
except ImportError:
    # No program is installed yet, but its source lies beside this folder; these need no package.
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    from node.home.numbers import NUMBERS
    from node.home.snapshot import VALUES

COMMUNITY, RELAY, UTILITY = "street", "relay", "utility"
"""What the parameters say where they say nothing."""
METERS = ("load", "connection", "generation")
RECEIPTS = tuple(f"receipt/{place}" for place in range(8))
HOME_WRITES = (
    "availability",
    "state",
    *(f"measurement/{value.name}" for value in VALUES),
    "event/supply",
    "event/delivery",
    *(f"reading/{meter}" for meter in METERS),
    *RECEIPTS,
)
COMMANDS = ("own_source", *(number.name for number in NUMBERS))
SHARED_READS = ("+/availability", "+/receipt/+", "+/pairing", "+/pairing/+")
"""What homes need of one another, and of the utility; measurements are nobody else's."""
TOTALS = ("state", "tariff", "availability")
"""What the utility tells of the whole community, and of no single home."""
ASSISTANT_LIVES = "homeassistant/status"


def rules(
    community: str,
    relays: list[str],
    hosts: dict[str, str],
    readers: dict[str, str],
    assistants: dict[str, str],
    utility: str,
) -> list[str]:
    """Give the lines of the rules; `hosts` are this machine's users and the roles of each.

    `readers` and `assistants` (Home Assistant's) are a person's users, and the home of each.
    """
    root = f"peerwatt/{community}"
    lines = ["# Written by peerwatt. This host's own programs:"]
    for user, role in hosts.items():
        lines += [f"user {user}", *_of_role(root, role)]
    for user, home in {**readers, **assistants}.items():
        lines += ["", f"# A person's program at {home}:", f"user {user}"]
        lines += [f"topic read {root}/{home}/#"]
        lines += [f"topic write {root}/{home}/command/{name}" for name in COMMANDS]
        if user in assistants:
            lines += [f"topic read {_discovery(root, home)}", f"topic write {ASSISTANT_LIVES}"]
            lines += [f"topic read {root}/{utility}/{topic}" for topic in TOTALS]
    lines += ["", "# Every home writes so many topics below its own name, and no other:"]
    lines += [f"pattern write {root}/%u/{topic}" for topic in HOME_WRITES]
    lines += [f"pattern write {_discovery(root, '%u')}"]
    lines += [f"pattern read {root}/%u/#"]
    lines += ["", "# It hears what it needs of the others, and speaks to relays in signed lines:"]
    lines += [f"pattern read {root}/{topic}" for topic in SHARED_READS]
    for relay in relays:
        lines += [f"pattern read {root}/{relay}/state", f"pattern read {root}/{relay}/reply/+"]
        lines += [f"pattern write {root}/{relay}/command"]
    return lines


def _discovery(root: str, home: str) -> str:
    """Give the topic under which a home tells Home Assistant what its values are."""
    return f"homeassistant/device/{home}/{root.removeprefix('peerwatt/')}/config"


def _of_role(root: str, role: str) -> list[str]:
    more: tuple[str, ...] = ()
    match role:
        case "relay":
            writes, reads = ("+/state", "+/availability", "+/reply/+"), ("+/command",)
        case "utility":
            writes = ("+/state", "+/availability", "+/pairing", "+/pairing/+", "+/tariff")
            reads = ("#",)
        case "node":
            writes, reads = tuple(f"+/{topic}" for topic in HOME_WRITES), ("#",)
            more = (_discovery(root, "+"),)
        case _:
            # The one user that every program of a host had before.
            return ["topic readwrite peerwatt/#", f"topic write {_discovery(root, '+')}"]
    return [
        *(f"topic write {root}/{topic}" for topic in writes),
        *(f"topic write {topic}" for topic in more),
        *(f"topic read {root}/{topic}" for topic in reads),
    ]


def names(parameters: Path) -> tuple[str, list[str]]:
    """Give the community's name and the relays': as the programs read them, whatever the YAML.

    Before there is a program here, and of a file that it refuses, as far as lines can tell.
    """
    try:
        # The system's own Python has neither the program nor YAML.
        from node.parameters import load

        whole = load(parameters)
    except (ImportError, ValueError):
        return names_in_lines(parameters)
    others = (whole.utility.relays if whole.utility is not None else None) or ()
    return whole.community, list(dict.fromkeys([whole.relay.name or RELAY, *others]))


def utility_name(parameters: Path) -> str:
    """Give the utility's name: its own where it stands in the file, else the one that the home
    knows it by."""
    try:
        from node.parameters import load

        whole = load(parameters)
    except (ImportError, ValueError):
        return UTILITY
    if whole.utility is not None:
        return whole.utility.name
    return whole.node.auction.utility if whole.node.auction is not None else UTILITY


def names_in_lines(parameters: Path) -> tuple[str, list[str]]:
    """Find the same in lines of one key each, as the file is written first."""
    try:
        text = parameters.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        text = ""
    community = re.search(r"^community:\s*[\"']?([\w-]+)", text, re.MULTILINE)
    sections = dict(
        re.findall(r"^(\w+):[^\n]*\n((?:[ \t#][^\n]*\n|\n)*)", text + "\n", re.MULTILINE)
    )
    relay = re.search(r"^ {1,8}name:\s*[\"']?([\w-]+)", sections.get("relay", ""), re.MULTILINE)
    own = relay[1] if relay and relay[1] != "null" else RELAY
    listed = re.search(r"^ {1,8}relays:\s*\[([^\]]*)\]", sections.get("utility", ""), re.MULTILINE)
    others = re.findall(r"[\w-]+", listed[1]) if listed else []
    return community[1] if community else COMMUNITY, list(dict.fromkeys([own, *others]))


def _pairs(given: list[str]) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in given)


def main() -> None:
    """Print the rules."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parameters", type=Path, required=True)
    parser.add_argument("--host", action="append", default=[], metavar="USER=ROLE")
    parser.add_argument("--reader", action="append", default=[], metavar="USER=HOME")
    parser.add_argument("--home-assistant", action="append", default=[], metavar="USER=HOME")
    given = parser.parse_args()
    community, relays = names(given.parameters)
    hosts, readers = _pairs(given.host), _pairs(given.reader)
    assistants, utility = _pairs(given.home_assistant), utility_name(given.parameters)
    print("\n".join(rules(community, relays, hosts, readers, assistants, utility)))


if __name__ == "__main__":
    main()
