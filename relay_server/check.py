"""`python -m relay_server check`: what the file says of the relay, and whether its broker takes us.

Nothing is switched or published.
"""

from collections.abc import Iterable, Iterator

from node.system.report import Finding, line, note, report
from node.system.words import told
from relay_server.settings import BoardSettings, MqttSettings, ServerSettings

_LOGIN = "check mqtt.user and mqtt.password_file (peerwatt broker-user, on its host)"
_AWAY = "check mqtt.host and mqtt.port, and that mosquitto runs there"


def check(settings: ServerSettings) -> int:
    """Print a line for each thing; exit status 1 if any failed."""
    return report(findings(settings))


def findings(settings: ServerSettings) -> Iterator[Finding]:
    """Tell of the board, of accounts with two names, and of the broker."""
    wiring = settings.wiring
    count = len(wiring.connections)
    yield line("relay", f"{settings.relay}, {wiring.channels} channels, {count} connection(s)")
    yield from _hanging(settings.board)
    yield from _names_of(((c.holder, c.load) for c in wiring.connections), "holder", "load")
    consents = ((account, c.source) for c in wiring.connections for account in c.consents)
    yield from _names_of(consents, "consents", "source")
    yield _broker(settings.mqtt)


def _hanging(board: BoardSettings) -> Iterator[Finding]:
    """Tell of each expander that nothing resets: it keeps its outputs, whatever becomes of us."""
    for one in board.expanders:
        if one.reset_pin is None:
            what = f"relay.expanders, {one.chip} at 0x{one.address:02X}"
            sentence = "its contacts stay as they are when the Pi hangs or the program is killed"
            remedy = "tie its reset to a BCM pin with a pull-down (reset_pin), or cut its supply"
            if one.chip == "pcf8574":
                remedy = "it has no reset: cut its supply with the Pi's, or use an MCP23017"
            yield note(what, sentence, remedy)


def _names_of(pairs: Iterable[tuple[str | None, str]], role: str, end: str) -> Iterator[Finding]:
    names: dict[str, set[str]] = {}
    for account, name in pairs:
        if account is not None:
            names.setdefault(account, set()).add(name)
    for account, several in names.items():
        if len(several) > 1:
            sentence = f"{account} stands for {' and '.join(sorted(several))}"
            remedy = f"a home has one account: is each {role} that of its {end}?"
            yield note(f"relay.connections, {role}", sentence, remedy)


def _broker(settings: MqttSettings | None) -> Finding:
    if settings is None:
        return line("broker", "none in the file; homes speak with the relay directly")
    # Loaded here: a relay without a broker never needs it.
    from relay_server.mqtt_login import refusal_of_login

    where = f"{settings.host}:{settings.port}"
    try:
        trouble = refusal_of_login(settings)
    except OSError as error:
        remedy = "check mqtt.password_file and mqtt.ca_file"
        return line("broker", told(error), remedy)
    if trouble is None:
        return line("broker", f"{where} lets {settings.user or 'anybody'} in")
    return line("broker", trouble, _LOGIN if "refuses the connection" in trouble else _AWAY)
