"""The programs that can be a village's chain: how each starts, gives coin, and makes a block.

All are development nodes, and none is part of the product. To add one: its row in the kinds of
chains (`chains`), and here how it is spoken with.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from village.chain import Calls, anvil_command, stamped

_OTHERS = Path(__file__).resolve().parent.parent / "tests/chains"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainProgram:
    """Hold what is a program's own.

    `command` takes a port, the time of the first block, the chain's id, a folder and more options;
    `gives_coin` is the method that sets a balance; `block` gives the calls that make a block which
    is stamped with so many seconds.
    """

    command: Callable[[int, int, int, Path, Sequence[str]], list[str]]
    gives_coin: str
    block: Callable[[int], Calls]


def _script(name: str) -> Callable[[int, int, int, Path, Sequence[str]], list[str]]:
    def command(
        port: int, start_s: int, chain_id: int, _directory: Path, _more: Sequence[str]
    ) -> list[str]:
        if not (_OTHERS / "node_modules").exists():
            raise FileNotFoundError(f"{name} is not installed: run 'tools/setup.sh chains'.")
        return ["node", str(_OTHERS / f"{name}.js"), str(port), str(start_s), str(chain_id)]

    return command


ANVIL = ChainProgram(command=anvil_command, gives_coin="anvil_setBalance", block=stamped)
HARDHAT = ChainProgram(command=_script("hardhat"), gives_coin="hardhat_setBalance", block=stamped)
GANACHE = ChainProgram(
    command=_script("ganache"),
    gives_coin="evm_setAccountBalance",
    block=lambda stamp_s: (("evm_mine", (stamp_s,)),),
)
