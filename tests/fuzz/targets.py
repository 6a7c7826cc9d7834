"""Name every parser of outside input that is fuzzed; a later parser adds its name here."""

from importlib import import_module

from tests.fuzz.campaign import Target

READERS = (
    "relay_wire",
    "relay_mqtt",
    "relay_talk",
    "broker_packets",
    "node_mqtt",
    "utility_mqtt",
    "pairings",
    "rpc",
    "ledger",
    "utility_ledger",
    "refusals",
    "parameters",
    "status",
    "flight",
    "homes_csv",
    "switch_counts",
    "journal_texts",
    "journal_file",
    "memory",
    "keystore",
)
SOCKETS = ("relay_port", "status_socket", "endpoint_line")
"""The same outside input through real sockets, where bytes come as they come."""
NAMES = (*READERS, *SOCKETS)


def target_of(name: str) -> Target:
    """Load one target; each is the file of its name."""
    target: Target = import_module(f"tests.fuzz.{name}").TARGET
    return target
