"""The chains that a street can be played on: how each makes blocks, what it takes, who is let in.

To add one: its row in `CHAINS`. Most are anvil; what another chain's nodes do besides stands in
`door`, which homes then have to go through.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from village.chain import BLOCK_S
from village.chain_programs import ANVIL, GANACHE, HARDHAT, ChainProgram

_VILLAGE_S = 12.0
"""Real seconds that a second of the village lasts at `--speed 60`; at full speed it is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainKind:
    """Hold what is peculiar to a chain.

    `options` are those of the chain's process. A block comes every `block_s` seconds of the
    village's time, or only where there is work. Homes have `coin_wei` for gas each, and reach it by
    `way`: http, ws, or a socket. A door before it wants a token, or writes so many bytes into each
    head. With `has_old_token` the street's money is a token that is older than ours.
    """

    name: str
    told: str
    program: ChainProgram = ANVIL
    options: tuple[str, ...] = ()
    block_s: float = BLOCK_S
    only_with_work: bool = False
    coin_wei: int = 10**18
    way: str = "http"
    wants_token: bool = False
    extra_bytes: int | None = None
    has_old_token: bool = False

    @property
    def has_door(self) -> bool:
        """Say whether homes go through a door."""
        return self.wants_token or self.extra_bytes is not None


def _blocks(real_s: float) -> float:
    """Give what a block period of the real clock at `--speed 60` is in the village's time."""
    return real_s / _VILLAGE_S


_KINDS = (
    ChainKind(name="usual", told="a fee market, and three minutes of the calendar to a block"),
    ChainKind(name="with-work", told="blocks only where there is work", only_with_work=True),
    ChainKind(name="1s", told="a minute of the calendar to a block", block_s=_blocks(1)),
    ChainKind(name="5s", told="five minutes of the calendar to a block", block_s=_blocks(5)),
    ChainKind(name="15s", told="a quarter of an hour to a block", block_s=_blocks(15)),
    ChainKind(
        name="no-fee",
        told="no fee, and nobody has any of its coin",
        options=("--base-fee", "0", "--gas-price", "0", "--disable-min-priority-fee"),
        coin_wei=0,
    ),
    ChainKind(
        name="legacy",
        told="a gas price, as before there was a fee market",
        options=("--hardfork", "berlin", "--gas-price", "1000000000"),
    ),
    ChainKind(name="websocket", told="homes ask over WebSockets", way="ws"),
    ChainKind(name="socket", told="homes ask over a socket of this machine", way="socket"),
    ChainKind(name="token", told="nobody is let in without a token", wants_token=True),
    ChainKind(name="clique", told="heads with an authority's signature", extra_bytes=97),
    ChainKind(name="long-heads", told="heads with 400 bytes of their makers'", extra_bytes=400),
    ChainKind(
        name="old-token",
        told="a token as before ERC-1363, which calls receiveApproval",
        has_old_token=True,
    ),
    ChainKind(name="hardhat", told="Hardhat's node (tools/setup.sh chains)", program=HARDHAT),
    ChainKind(name="ganache", told="Ganache (tools/setup.sh chains)", program=GANACHE),
)
CHAINS: Mapping[str, ChainKind] = {kind.name: kind for kind in _KINDS}
USUAL = CHAINS["usual"]
