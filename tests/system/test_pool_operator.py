"""The operator puts the commitment pool up, on a real chain."""

import pytest

from node.ledger.contracts.pool import PoolContract
from node.parameters.file import read_values
from tests.system.test_ledger_operator import Operator


@pytest.fixture
def operator(chain, tmp_path):
    return Operator(chain, tmp_path)


def pool_of(operator):
    return read_values(operator.parameters, "contract", ("pool",))["pool"]


def test_a_pool_is_deployed_beside_them_once_and_written_down(operator, capsys):
    assert operator.run("deploy") == 0
    assert pool_of(operator) is None
    assert operator.run("deploy", "--pool", "--penalty", "25", "--record-deadline", "3600") == 0
    address = pool_of(operator)
    assert f"pool {address}" in capsys.readouterr().out
    count = operator.chain.transactions_of(operator.account)

    assert operator.run("deploy", "--pool") == 0
    assert "nothing was changed" in capsys.readouterr().err
    assert operator.chain.transactions_of(operator.account) == count == 4
    profile = operator.chain.ask(PoolContract(str(address)).profile_of(1))
    assert (profile.balance, profile.committed_milliwh) == (0, 0)


def test_a_pool_that_cannot_be_is_refused_before_anything_is_paid_for(operator, capsys):
    for options, sentence in (
        (("--pool", "--pool-ring", "128"), "--pool-ring of 128 is not from 156 to 4096"),
        (("--pool", "--record-deadline", "60"), "--record-deadline of 60 is not from 900"),
        (("--pool", "--horizon", "3"), "--price-horizon of 4 is not from 1 to 3"),
        (("--pool", "--pool-ring", "200"), "a power of two"),
        (("--penalty", "20"), "--penalty 20: it is the pool's, with --pool"),
        (("--oracle", "0x12"), "no address"),
    ):
        assert operator.run("deploy", *options) == 1
        assert sentence in capsys.readouterr().err
    assert operator.chain.transactions_of(operator.account) == 0
