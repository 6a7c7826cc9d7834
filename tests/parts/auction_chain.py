"""Play whole intervals through the real auction on a real chain, quickly.

Calls go in batches, each batch into one block, and the chain goes back to where it began with every
new auction: anvil takes ever longer for a block as its chain grows.
"""

from bench.chain.batched import BatchedChain
from node.core.auction.clearing import Bid, Kind
from node.core.auction.gate import gate_closes_s, next_gate
from node.core.auction.settlement import Terms
from node.core.auction.tariff import Tariff
from node.core.records import MeterName, Reading, Registers
from node.keys.keccak import checksum_address
from node.ledger.contracts.artifacts import artifact
from node.ledger.contracts.auction import AuctionContract, Placement
from node.ledger.contracts.registry import RegistryContract
from node.ledger.contracts.token import TokenContract
from node.ledger.operator import deploy as deployment
from tests.parts.auction_lens import AuctionLens
from tests.parts.chain import Chain

INTERVAL_S, LEAD_S = 900, 60
MOST_ORDERS = 14
TERMS = Terms(
    unit_milliwh=1_000,
    margin_percent=20,
    tariff=Tariff(feed_in_per_kwh=100_003, tick_size_per_kwh=3_999),
)
_GAS, _GAS_TO_DEPLOY = 1_000_000, 10_000_000
_FUNDS = 10**24
_KINDS = {Kind.SOLAR: "solar", Kind.CHP: "chp"}


class AuctionChain:
    """Hold a chain (anvil with `--auto-impersonate`), its contracts, and a home of each kind for
    each order; one account owns all their meters."""

    def __init__(self, chain: Chain) -> None:
        self._chain = BatchedChain(chain.port, _GAS)
        self._deployer = BatchedChain(chain.port, _GAS_TO_DEPLOY)
        self._operator = chain.new_account()
        self._me = self._operator.account
        settings = deployment.DeploySettings(interval_s=INTERVAL_S, ring=128)
        found = deployment.deploy(chain.url, self._operator, settings)
        self._registry = RegistryContract(found["registry"])
        self._token = TokenContract(found["token"])
        self._registers: dict[int, int] = {}
        chain.set_automine(False)
        self._meters = {kind: [self._new_meter(kind) for _ in range(MOST_ORDERS)] for kind in Kind}
        self.send((self._token.address, self._token.mint(self._me, 3 * _FUNDS)))
        self._keep()
        self.open(TERMS)

    def open(self, terms):
        """Begin anew with an auction of these terms."""
        self._chain.ask([("evm_revert", self._snapshot)])
        self._keep()
        settings = deployment.AuctionSettings(
            utility=self._me,
            tariff=terms.tariff,
            unit_milliwh=terms.unit_milliwh,
            least_units=1,
            gate_lead_s=LEAD_S,
            margin_percent=terms.margin_percent,
        )
        members = settings.members(self._token.address, self._registry.address, block_s=1)
        self.auction = AuctionContract(self._deploy("IntervalAuction", members))
        self.lens = AuctionLens(self._deploy("AuctionLens", self.auction.address))
        data = self._token.approve_and_call(self.auction.address, 2 * _FUNDS, b"")
        self.send((self._token.address, data))
        self.send((self.auction.address, self.auction.fund(_FUNDS)))

    def play(self, orders, metered):
        """Order, clear and settle in the next interval; None is a reading that never comes.

        Gives the clearing, each order's fills, and each order's settlement. Slots stay used from
        market to market, until another auction is opened.
        """
        meters = self._meters_of(orders)
        interval = next_gate(self._chain.now_s(), INTERVAL_S, LEAD_S) + 2
        self._chain.reach(gate_closes_s(interval, INTERVAL_S, LEAD_S) - INTERVAL_S)
        self.send(*[
            (self.auction.address, self.auction.place(
                Placement(interval=interval, meter_id=meter, order=order)
            ))
            for order, meter in zip(orders, meters, strict=True)
        ])  # fmt: skip
        self._chain.reach(gate_closes_s(interval, INTERVAL_S, LEAD_S))
        (outcome,) = self.send((self.auction.address, self.auction.clear(interval)))
        (clearing,) = self.view(self.auction.clearing_of(outcome["logs"][0]))
        fills = self.view(*(self.lens.fills_of(meter, interval) for meter in meters))
        self._chain.reach((interval + 1) * INTERVAL_S)
        self._report(interval, meters, metered)
        (outcome,) = self.send((self.auction.address, self.auction.settle(interval, meters)))
        return clearing, fills, [self.auction.settled(log) for log in outcome["logs"]]

    def _keep(self):
        """Remember this state of chain and homes: one copy, because each takes memory."""
        (self._snapshot,) = self._chain.ask([("evm_snapshot",)])
        self._registers = dict.fromkeys(self._registers, 0)

    def _deploy(self, name, *arguments):
        data = artifact(name).deployment_data(*arguments)
        (outcome,) = self._deployer.outcomes([(self._me, "", data)])
        return checksum_address(outcome["contractAddress"])

    def send(self, *calls):
        """Send calls as the one account, all in one block; give their outcomes."""
        return self._chain.outcomes([(self._me, to, data) for to, data in calls])

    def view(self, *asks):
        """Ask contracts several things at once."""
        calls = [("eth_call", {"to": ask.to, "data": ask.data}, "latest") for ask in asks]
        return [ask.read(told) for ask, told in zip(asks, self._chain.ask(calls), strict=True)]

    def close(self):
        """End the conversation; may be called twice."""
        self._chain.close()
        self._deployer.close()

    def _meters_of(self, orders):
        # A buyer's meter may be of any kind.
        return [
            self._meters[Kind.SOLAR if isinstance(order, Bid) else order.kind][index]
            for index, order in enumerate(orders)
        ]

    def _new_meter(self, kind):
        data = self._registry.install(self._me, self._me, _KINDS[kind], 2**32 - 1)
        (outcome,) = self.send((self._registry.address, data))
        meter = int(outcome["logs"][0]["topics"][1], 16)
        self._registers[meter] = 0
        return meter

    def _report(self, interval, meters, metered):
        calls = []
        for meter, energy in zip(meters, metered, strict=False):
            before = self._registers[meter]
            self._registers[meter] = after = before + (energy or 0)
            # Without the reading at its beginning, the interval's energy is never known.
            told = [_reading(interval, before), _reading(interval + 1, after)]
            calls.append(self._registry.report(meter, told[energy is None :]))
        self.send(*[(self._registry.address, data) for data in calls])


def _reading(boundary, register):
    """Give both registers alike: a buyer's energy is the import, a seller's the export."""
    registers = Registers(import_milliwh=register, export_milliwh=register)
    return Reading(meter=MeterName.CONNECTION, boundary=boundary, registers=registers)
