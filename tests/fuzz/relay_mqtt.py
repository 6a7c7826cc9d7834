"""The relay's MQTT command topic: whatever payload, retained or not, through the real client.

No broker is there: paho keeps what it cannot send, within its bound.
"""

from functools import cache
from types import SimpleNamespace

from relay_server.mqtt import RelayMqtt
from relay_server.settings import MqttSettings
from tests.fuzz.campaign import Target, fingerprint
from tests.fuzz.relay_host import Host, host, signed_lines

_BROKER = MqttSettings(
    host="127.0.0.1",
    port=1,
    user=None,
    password_file=None,
    ca_file=None,
    client_id="relay1",
    keepalive_s=60,
)


@cache
def _speaking() -> tuple[Host, RelayMqtt]:
    playing = host()
    mqtt = RelayMqtt(_BROKER, "street", "relay1", playing.loop, playing.server._take_mqtt)  # type: ignore[arg-type]
    playing.server._listeners.mqtt = mqtt
    return playing, mqtt


def target(data: bytes) -> None:
    """Take each line as one message: nothing fails, and what was retained moves no contact."""
    playing, mqtt = _speaking()
    playing.begin()
    is_retained = fingerprint(data) % 4 == 0
    moved = playing.server._counts.operations
    for line in data.split(b"\n")[:8]:
        message = SimpleNamespace(payload=line, retain=is_retained)
        mqtt._on_message(mqtt._client, None, message)  # type: ignore[arg-type]
        playing.loop.pass_time(0.2)
        playing.ensure_sound()
    playing.loop.pass_time(2.0)
    playing.ensure_sound()
    if is_retained or b'"signature"' not in data:
        assert playing.server._counts.operations == moved, "a contact closed for nobody"


def _examples() -> tuple[bytes, ...]:
    lines = signed_lines()
    return (b'{"hello":"x"}', *lines, *(b"".join(lines[at : at + 3]) for at in range(100)))


TARGET = Target(
    name="relay_mqtt",
    run=target,
    examples=_examples(),
    tokens=(b'"hold"', b'"consent"', b'"contacts"', b'"leaseMs"', b'"signature"', b"[0,1]"),
)
