"""Play one case of a lie on a street with a seller, an auction and a utility."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from node.core.facts import ChainObserved, IntentConfirmed
from node.core.records import MeterName, Reading, Registers
from node.home.inward.raising import Raising
from tests.faults.liar_cases import Case, Outcome
from tests.faults.liar_victims import HEALED_WITHIN_S, Buyer, Watcher, ends, see_alike
from tests.parts.chain import Chain, Street, running_chain
from tests.parts.ledger_home import Home, offer, opening_transactions
from tests.parts.liar_gate import LiarGate
from tests.parts.market_street import MarketStreet, bid
from tests.parts.waiting import until

CASES_PER_STREET = 20
LIES_FOR_S = 3.0
MOST_TRANSACTIONS = 8
REPORTED = Registers(import_milliwh=5_000, export_milliwh=7)


class LiarStreet:
    """Hold a chain with a seller, an auction and a utility, and another chain to lie with."""

    def __init__(self, chain: Chain, other: Chain, directory: Path) -> None:
        self._chain, self._other, self._directory = chain, other, directory
        self._street = Street(chain)
        self._market = MarketStreet(chain, chain.new_account(), homes=CASES_PER_STREET)
        self._numbers = self._watched = 0
        self._seller = self._street.new_home()
        seller = Home(self._street, self._seller, self._folder())
        seller.submit(offer(seller.view(), available_milliwh=10**12))
        seller.wait(IntentConfirmed)
        seller.close()

    def close(self) -> None:
        """End the conversation with the chain."""
        self._market.close()

    def play(self, case: Case) -> Outcome:
        """Play one case."""
        gate = LiarGate(self._chain.port, self._other.port)
        urls = (gate.url, self._chain.url) if case.beside else (gate.url,)
        began_s = time.monotonic()
        try:
            play = self._home if case.who == "home" else self._utility
            wrong = play(case, gate, urls)
        except AssertionError as why:
            wrong = f"not healed: {why}"[:700]
        finally:
            gate.close()
        healed_s = time.monotonic() - began_s
        asked = frozenset(gate.questions)
        return Outcome(case=case, told=gate.told, asked=asked, healed_s=healed_s, wrong=wrong)

    def _folder(self) -> Path:
        self._numbers += 1
        folder = self._directory / str(self._numbers)
        folder.mkdir()
        return folder

    def _lie(self, case: Case, gate: LiarGate) -> None:
        gate.question, gate.how = case.question, case.how
        gate.left = float("inf") if case.for_ever else 1.0

    def _home(self, case: Case, gate: LiarGate, urls: tuple[str, ...]) -> str:
        account = self._street.new_home()
        meter = self._street.new_meter(account)
        self._report(account.account, meter)
        if case.is_from_start:
            self._lie(case, gate)
        home = Home(
            self._street, account, self._folder(), sellers=(self._seller.account,), urls=urls,
            meter_id=meter, replace_after_s=5.0,
        )  # fmt: skip
        raised: list[Registers] = []
        raising = Raising(None, None, 900, 1, raise_to=raised.append)
        buyer = Buyer(home, self._seller.account)

        def look() -> None:
            raising.look(home.all(ChainObserved)[-1].view, time.monotonic(), time.time())

        try:
            if case.is_from_start:
                _wait_for_lies(case, gate)
                gate.left = 0
                home.view()
            else:
                home.view()
                self._lie(case, gate)
                self._live(case, gate, buyer, look)
            gate.left = 0
            self._heal(home, buyer, look)
        finally:
            gate.left = 0
            home.close()
        return self._sound(case, len(buyer.bought), account.account, raised)

    def _live(self, case: Case, gate: LiarGate, buyer: "Buyer", look: Callable[[], None]) -> None:
        """Buy while it is lied to: for a while, or until it was told once."""
        until_s = time.monotonic() + LIES_FOR_S
        while time.monotonic() < until_s:
            self._chain.mine()
            buyer.ask(1)
            look()
            if not case.for_ever and gate.told and buyer.bought:
                return
            time.sleep(0.1)

    def _heal(self, home: Home, buyer: "Buyer", look: Callable[[], None]) -> None:
        """Buy one order more."""
        wants, until_s = len(buyer.bought) + 1, time.monotonic() + HEALED_WITHIN_S
        while len(buyer.bought) < wants:
            assert home.ledger.failure is None, home.ledger.failure
            assert time.monotonic() < until_s, f"no purchase; {ends(home)}"
            self._chain.mine()
            buyer.ask(wants)
            look()
            time.sleep(0.2)

    def _sound(self, case: Case, confirmed: int, account: str, raised: list[Registers]) -> str:
        """Say what is not as it must be, or nothing."""
        bought = len(_orders_of(self._street, account))
        sent = self._chain.transactions_of(account)
        # The one that reported counts, too; alone, one order may be paid for that is not known.
        most = confirmed + (0 if case.beside else 1)
        if bought > most or (case.beside and bought != confirmed):
            return f"{bought} orders were bought, {confirmed} confirmed"
        if sent > MOST_TRANSACTIONS + confirmed:
            return f"{sent} transactions were sent"
        if any(
            told.import_milliwh > REPORTED.import_milliwh
            or told.export_milliwh > REPORTED.export_milliwh
            for told in raised
        ):
            return f"registers were raised to {raised}"
        return ""

    def _report(self, account: str, meter: int) -> None:
        block = self._chain.call("eth_getBlockByNumber", "latest", False)
        boundary = int(block["timestamp"], 16) // 900
        reading = Reading(meter=MeterName.CONNECTION, boundary=boundary, registers=REPORTED)
        data = self._market.registry.report(meter, [reading])
        self._chain.call("anvil_impersonateAccount", account)
        self._chain.call(
            "eth_sendTransaction", {"from": account, "to": self._street.registry, "data": data}
        )

    def _utility(self, case: Case, gate: LiarGate, urls: tuple[str, ...]) -> str:
        """Let a utility watch; afterwards it sees what a fresh one sees."""
        # Nobody settles here, so that a home has two orders at most, one in each lane.
        home = self._market.homes[self._watched % CASES_PER_STREET]
        self._watched += 1
        if case.is_from_start:
            self._lie(case, gate)
        liar, honest = self._watcher(urls), self._watcher((self._chain.url,))
        try:
            if case.is_from_start:
                _wait_for_lies(case, gate)
            else:
                liar.wait(1)
                self._lie(case, gate)
            until_s = time.monotonic() + LIES_FOR_S
            units = 100
            while time.monotonic() < until_s and (case.for_ever or not gate.told):
                units += 1
                # Asked for each time: its gate may close meanwhile.
                interval = self._market.open_interval()
                self._market.place(home, interval, bid(units))
                time.sleep(0.2)
            gate.left = 0

            def same() -> bool:
                self._chain.mine()
                time.sleep(0.2)
                views = (liar.facts[-1:], honest.facts[-1:])
                return all(views) and see_alike(views[0][0], views[1][0])

            until(same, "both see the same street", HEALED_WITHIN_S)
        finally:
            gate.left = 0
            liar.close()
            honest.close()
        return "" if liar.failure is None else f"the ledger ended: {liar.failure!r}"

    def _watcher(self, urls: tuple[str, ...]) -> "Watcher":
        return Watcher(self._market, urls, self._folder())


def _wait_for_lies(case: Case, gate: LiarGate) -> None:
    """Let a start be lied to: once, or for a while."""
    began_s = time.monotonic()
    until(lambda: gate.told > 0, "it is lied to", LIES_FOR_S)
    while case.for_ever and time.monotonic() < began_s + LIES_FOR_S:
        time.sleep(0.1)


def _orders_of(street: Street, account: str) -> list[str]:
    found = []
    for transaction in opening_transactions(street):
        sender = street.chain.call("eth_getTransactionByHash", transaction)["from"]
        if sender.lower() == account.lower():
            found.append(transaction)
    return found


@contextmanager
def liar_street() -> Iterator[LiarStreet]:
    """Start a street whose files are gone after it."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        chain = stack.enter_context(running_chain("--auto-impersonate"))
        other = stack.enter_context(running_chain())
        street = LiarStreet(chain, other, directory)
        stack.callback(street.close)
        yield street
