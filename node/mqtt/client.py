"""A client of the broker whose thread nothing ends, and that says in a sentence what is wrong.

paho's thread ends at the first exception, and paho says "Protocol error" to most refusals.
"""

import errno
import logging
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

from paho.mqtt.enums import (
    CallbackAPIVersion,
    MQTTErrorCode,
    MQTTProtocolVersion,
    _ConnectionState,
)
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from node.core.holdoff import pause_after
from node.mqtt import packets, words
from node.mqtt.reader import MOST_PACKET_BYTES, TolerantClient
from node.system.foreign_text import MOST_BYTES, bytes_of
from node.system.seldom import Seldom
from node.system.words import told

RECONNECT_MIN_S = 1
RECONNECT_MAX_S = 60
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 300.0
"""How long a client waits where another one of its id takes the connection over again and again."""
EARLY_S = 20.0
"""What lasted so long, and three times the pause before it, did not end for that reason."""
MOST_EARLY_ENDS = 2
"""So many early ends in a row are no more than a bad line."""
MOST_PROTOCOL_ERRORS = 3
"""After so many in a row the broker is asked to forget the session that they came from."""


_log = logging.getLogger(__name__)
_P = ParamSpec("_P")


def guarded(callback: Callable[_P, None]) -> Callable[_P, None]:
    """Make a callback that never raises: a fault of ours in one message ends no conversation."""
    seldom = Seldom(_log, logging.ERROR)

    def call(*arguments: _P.args, **words: _P.kwargs) -> None:
        try:
            callback(*arguments, **words)
        except Exception as error:  # noqa: BLE001 - whatever it is, the thread goes on
            seldom.say("a fault of ours with a message of the broker's: %r", error)

    return call


def _trusting(ca_file: Path) -> ssl.SSLContext:
    """Trust what this file certifies, and nothing else.

    Raises:
        OSError: it cannot be read, or holds no certificate.
    """
    # Read first: what fails inside of OpenSSL names no file.
    bytes_of(ca_file, MOST_BYTES)
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except ssl.SSLError:
        raise OSError(errno.EINVAL, "no certificate in PEM (text)", str(ca_file)) from None


class BrokerClient(TolerantClient):
    """Speak MQTT 5; where `may_be_older`, 3.1.1 too, with a session that ends each time.

    `trouble` says in one sentence why there is no connection, or why the last one ended.
    """

    def __init__(self, client_id: str, *, may_be_older: bool, session_s: int) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        self.trouble = "not connected yet"
        self._may_be_older = may_be_older
        self._clean_session = True
        self._is_wanted = False
        self._is_answered = False
        self._is_taken = False
        self._is_refused_by_version = False
        self._taken_at_s = 0.0
        self._early_ends = 0
        self._protocol_errors = 0
        self.reconnect_delay_set(RECONNECT_MIN_S, RECONNECT_MAX_S)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = session_s
        properties.MaximumPacketSize = MOST_PACKET_BYTES
        self._session = properties

    def secure(self, user: str | None, password: str | None, ca_file: Path | None) -> None:
        """Name the user, and the certificate that the broker must show (None: no TLS).

        Raises:
            OSError: the certificate is not to be had.
        """
        if user is not None:
            self.username_pw_set(user, password)
        if ca_file is not None:
            self.tls_set_context(_trusting(ca_file))

    def begin(self, host: str, port: int, keepalive_s: int) -> None:
        """Connect, and go on trying; returns at once."""
        self.connect_async(host, port, keepalive_s, properties=self._session)
        self._is_wanted = True
        self.loop_start()

    def look_after(self) -> bool:
        """Replace the thread if it is gone; say whether it was."""
        thread = self._thread
        if not self._is_wanted or (thread is not None and thread.is_alive()):
            return False
        self.trouble = "the thread that speaks with the broker has ended, and is replaced"
        _log.error("%s", self.trouble)
        self._thread = None
        self._start_anew()
        self.loop_start()
        return True

    def end(self, within_s: float) -> None:
        """Say goodbye and end the thread, in bounded time; may be called twice."""
        self._is_wanted = False
        thread = self._thread
        self.disconnect()
        self._thread_terminate = True
        if thread is not None and thread is not threading.current_thread():
            thread.join(within_s)

    def reconnect(self) -> MQTTErrorCode:
        """Connect once; what stands in the way is told as trouble.

        Raises:
            OSError: there is no connection.
        """
        if self._is_refused_by_version and self._may_be_older:
            newest, older = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311
            self._protocol = older if self._protocol == newest else newest
        self._is_answered = self._is_taken = self._is_refused_by_version = False
        if self._protocol_errors >= MOST_PROTOCOL_ERRORS:
            self._mqttv5_first_connect = True
            self._protocol_errors = 0
        try:
            begun = super().reconnect()
        except (OSError, ValueError) as error:
            # A ValueError is a name that cannot be looked up at all.
            self.trouble = f"{self._host}:{self._port}: {told(error)}"
            raise OSError(str(error)) from error
        self.trouble = f"{self._host}:{self._port} has not answered yet"
        return begun

    def _thread_main(self) -> None:
        try:
            while self._is_wanted and not self._thread_terminate:
                try:
                    self.loop_forever(retry_first_connection=True)
                    return
                except Exception as error:  # noqa: BLE001 - whatever it is, the thread goes on
                    self._stumble(error)
        finally:
            self._thread = None

    def _stumble(self, error: Exception) -> None:
        self.trouble = f"the conversation with the broker stumbled: {error!r}"
        _log.error("%s; it begins again", self.trouble)
        self._start_anew()
        self._reconnect_wait()

    def _start_anew(self) -> None:
        self._sock_close()
        self._do_on_disconnect(packet_from_broker=False, v1_rc=MQTTErrorCode.MQTT_ERR_UNKNOWN)
        self._state = _ConnectionState.MQTT_CS_CONNECT_ASYNC

    @property
    def _pause_s(self) -> float:
        beyond = self._early_ends - MOST_EARLY_ENDS
        return pause_after(beyond, FIRST_PAUSE_S, LONGEST_PAUSE_S) if beyond > 0 else 0.0

    def _reconnect_wait(self) -> None:
        # Many brokers close a connection that another client took over without a word.
        ends_s = time.monotonic() + self._pause_s
        while self._is_wanted and (left_s := ends_s - time.monotonic()) > 0:
            time.sleep(min(1.0, left_s))
        super()._reconnect_wait()

    def _note_end(self) -> None:
        is_early = time.monotonic() - self._taken_at_s < max(EARLY_S, 3 * self._pause_s)
        self._early_ends = self._early_ends + 1 if is_early else 0
        if self._pause_s and self.trouble == words.BROKE:
            self.trouble = words.suspicion(self._client_id.decode())

    def _loop_rc_handle(self, rc: MQTTErrorCode) -> MQTTErrorCode:
        if rc and not self._is_answered:
            self._is_refused_by_version = True
            self.trouble = words.SILENT
            if self._protocol == MQTTProtocolVersion.MQTTv5:
                self.trouble += f": maybe {words.NEEDS_MQTT_5}"
        elif rc == MQTTErrorCode.MQTT_ERR_PROTOCOL and self._is_taken:
            self._protocol_errors += 1
            self.trouble = words.NO_MQTT
        return super()._loop_rc_handle(rc)

    def _do_on_disconnect(
        self,
        packet_from_broker: bool,
        v1_rc: MQTTErrorCode,
        reason: ReasonCode | None = None,
        properties: Properties | None = None,
    ) -> None:
        # However it came about, all ends come by here.
        if self._is_taken:
            self._is_taken = False
            self._note_end()
        super()._do_on_disconnect(packet_from_broker, v1_rc, reason, properties)

    def _noted(self, kind: int, body: bytes) -> bytes:
        """Note what a packet says before paho says it in other words; give what paho can read."""
        if kind == packets.CONNACK:
            return self._note_connack(body)
        if kind == packets.DISCONNECT:
            self.trouble = words.ending(body[0] if body else 0, self._client_id.decode())
            return bytes(words.known(PacketTypes.DISCONNECT, code) for code in body[:1])
        if len(body) > 2 and kind in (packets.PUBACK, packets.PUBCOMP):
            # The packet's type is what its first four bits say.
            return body[:2] + bytes((words.known(kind >> 4, body[2]),))
        return body

    def _note_connack(self, body: bytes) -> bytes:
        if len(body) < 2:
            raise ValueError("a CONNACK is too short")
        self._is_answered = True
        code, is_older = body[1], self._protocol != MQTTProtocolVersion.MQTTv5
        if code == 0:
            self._is_taken, self._taken_at_s = True, time.monotonic()
            self.trouble = words.BROKE
            return body
        code = packets.OLDER_REFUSALS.get(code, code) if is_older else code
        self._is_refused_by_version = code == packets.UNSUPPORTED_VERSION
        self.trouble = words.refusal(code)
        if is_older:
            # To what it is really told paho would try versions that are older still.
            return bytes((0, 3))
        return body[:1] + bytes((words.known(PacketTypes.CONNACK, code),)) + body[2:]
