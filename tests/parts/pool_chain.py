"""Play whole campaigns through the real commitment pool on a real chain, quickly.

Calls go in batches, each batch into one block, and the chain goes back to where it began with every
new pool: anvil takes ever longer for a block as its chain grows.
"""

from bench.chain.batched import BatchedChain
from bench.chain.metered_street import reading
from node.keys.keccak import checksum_address
from node.ledger.contracts.artifacts import artifact
from node.ledger.contracts.pool import Pledge, PoolContract
from node.ledger.contracts.registry import RegistryContract
from node.ledger.contracts.token import TokenContract
from node.ledger.operator import deploy as deployment

INTERVAL_S = 900
MOST_COMMITMENTS = 8
HORIZON, HORIZON_PRICE = 24, 4
_GAS = 6_000_000
_FUNDS = 10**28
_STALE_S, _DEADLINE_S, _RING = 31 * 86_400, 6 * 3_600, 128
_LEAST_MILLIWH = 1


class PoolChain:
    """Hold a chain (anvil with `--auto-impersonate`), its contracts, and homes' meters, all of one
    account; the registry's price in use is the oracle."""

    def __init__(self, chain):
        self._chain = BatchedChain(chain.port, _GAS)
        operator = chain.new_account()
        self._me = operator.account
        settings = deployment.DeploySettings(interval_s=INTERVAL_S, ring=128)
        found = deployment.deploy(chain.url, operator, settings)
        self._registry = RegistryContract(found["registry"])
        self._token = TokenContract(found["token"])
        chain.set_automine(False)
        self._meters = [self._new_meter() for _ in range(MOST_COMMITMENTS)]
        self._send((self._token.address, self._token.mint(self._me, 2 * MOST_COMMITMENTS * _FUNDS)))
        (self._snapshot,) = self._chain.ask([("evm_snapshot",)])
        self._registers = dict.fromkeys(self._meters, 0)

    def open(self, penalty_percent):
        """Begin anew with a pool of this penalty, and money on every meter."""
        self._chain.ask([("evm_revert", self._snapshot)])
        (self._snapshot,) = self._chain.ask([("evm_snapshot",)])
        self._registers = dict.fromkeys(self._meters, 0)
        members = (
            self._token.address, self._registry.address, self._registry.address, _STALE_S,
            _DEADLINE_S, penalty_percent, _LEAST_MILLIWH, HORIZON, HORIZON_PRICE, _RING,
        )  # fmt: skip
        data = artifact("CommitmentPool").deployment_data(members)
        (outcome,) = self._chain.outcomes([(self._me, "", data)])
        self.pool = PoolContract(checksum_address(outcome["contractAddress"]))
        self._send(*[
            (self._token.address, self._token.approve_and_call(
                self.pool.address, _FUNDS, self.pool.deposit(meter)
            ))
            for meter in self._meters
        ])  # fmt: skip

    def play(self, committed, prices):
        """Commit, fix each interval's price (0: never), meter, record and claim all.

        Each of `committed` has a commitment, the offset of its first interval, how many it is for,
        what its meter shows in each of the campaign's intervals, and which of its boundaries it
        tells; the last one always. Gives the claims by interval's offset and commitment, and the
        intervals' sums.
        """
        first = self._chain.now_s() // INTERVAL_S + HORIZON_PRICE + 2
        self._chain.reach((first - HORIZON_PRICE - 1) * INTERVAL_S)
        self._send(*[
            (self.pool.address, self.pool.commit(self._pledge(first, number, one)))
            for number, one in enumerate(committed)
        ])  # fmt: skip
        for offset, price in enumerate(prices):
            self._chain.reach((first + offset) * INTERVAL_S - 10)
            if price and any(one.covers(offset) for one in committed):
                post = self._registry.post_price(price)
                fix = self.pool.fix_price(first + offset)
                self._send((self._registry.address, post), (self.pool.address, fix))
        self._chain.reach((first + len(prices)) * INTERVAL_S)
        self._report(first, committed)
        sums, claims = [], {}
        for offset in range(len(prices)):
            # Nobody is asked whether it has a commitment there: what does not stand is skipped.
            standing = [(meter, _place(n)) for n, meter in enumerate(self._meters)]
            for build in (self.pool.record, self.pool.claim):
                (outcome,) = self._send((self.pool.address, build(first + offset, standing)))
            for log in outcome["logs"]:
                if log["topics"][0] == self.pool.claimed_topic:
                    end = self.pool.claimed(log)
                    claims[offset, self._meters.index(end.meter_id)] = end
            sums.append(self._view(self.pool.interval_at(first + offset)))
        return claims, sums

    def profiles(self):
        """Give every meter's profile."""
        return [self._view(self.pool.profile_of(meter)) for meter in self._meters]

    def close(self):
        """End the conversation; may be called twice."""
        self._chain.close()

    def _pledge(self, first, number, one):
        return Pledge(
            meter_id=self._meters[number], place=_place(number), first=first + one.offset,
            length=one.length, commitment=one.commitment,
        )  # fmt: skip

    def _report(self, first, committed):
        calls = []
        for one, meter in zip(committed, self._meters, strict=False):
            register = self._registers[meter]
            for index, told in enumerate((*one.tells, True)):
                if index:
                    register += one.metered[index - 1]
                if told:
                    found = reading(first + index, register, register)
                    calls.append(self._registry.report(meter, [found]))
            self._registers[meter] = register
        self._send(*[(self._registry.address, data) for data in calls])

    def _new_meter(self):
        data = self._registry.install(self._me, self._me, "battery", 2**32 - 1)
        (outcome,) = self._send((self._registry.address, data))
        return int(outcome["logs"][0]["topics"][1], 16)

    def _send(self, *calls):
        return self._chain.outcomes([(self._me, to, data) for to, data in calls])

    def _view(self, ask):
        (told,) = self._chain.ask([("eth_call", {"to": ask.to, "data": ask.data}, "latest")])
        return ask.read(told)


def _place(number):
    return number % 3
