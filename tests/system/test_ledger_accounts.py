"""Reports, onlookers, fees, depth: what a home's ledger does beside trading."""

from pathlib import Path

import pytest

from node.core.commands import ReportReadings
from node.core.facts import IntentConfirmed, IntentRefused
from node.core.records import MeterName, Reading, Registers
from node.ledger.operator.deploy import DeploySettings
from node.system.lock import FileLocked
from tests.parts.chain import Chain, Street, running_chain
from tests.parts.ledger_home import Home, offer, order
from tests.parts.ledger_pair import Pair
from tests.parts.waiting import until


def test_report_and_then_an_outage_of_reports(street: Street, tmp_path: Path) -> None:
    account = street.new_home()
    meter_id = street.new_meter(account)
    street.chain.call("evm_increaseTime", 5 * 900)
    street.chain.mine()
    home = Home(street, account, tmp_path)
    boundary = home.view().block.timestamp_s // 900
    home.submit(report(meter_id, boundary - 3, 1_000))
    home.submit(report(meter_id, boundary - 2, 2_000, 3_000, 4_000))
    home.wait(IntentConfirmed, 2)
    home.submit(report(meter_id, boundary - 1, 5_000))

    refused = home.wait(IntentRefused)
    assert refused.name == "RegistryBoundaryNotRising"
    home.close()


def report(meter_id: int, boundary: int, *imported: int) -> ReportReadings:
    return ReportReadings(
        meter_id=meter_id,
        readings=tuple(
            Reading(
                meter=MeterName.CONNECTION,
                boundary=boundary + index,
                registers=Registers(import_milliwh=milliwh, export_milliwh=0),
            )
            for index, milliwh in enumerate(imported)
        ),
    )


def test_newer_offer_replaces_one_that_still_waits(street: Street, tmp_path: Path) -> None:
    home = Home(street, street.new_home(), tmp_path)
    view = home.view()
    home.submit(*[offer(view, price=price) for price in (1_000, 2_000, 3_000, 4_000)])
    until(
        lambda: home.view().offers and home.view().offers[0].price_per_kwh == 4_000,
        "the newest offer stands",
    )

    assert {refused.name for refused in home.all(IntentRefused)} <= {"Superseded"}
    home.close()


@pytest.mark.failure(
    part="file",
    failure="no key",
    person="the chain is read; a purchase is refused: `ReadOnly`",
)
def test_onlooker_without_key_observes_and_refuses(pair: Pair, tmp_path: Path) -> None:
    home = Home(pair.street, None, tmp_path / "onlooker", sellers=(pair.seller_account,))
    assert home.view().offers
    home.submit(order(pair.seller_account))

    assert home.wait(IntentRefused).name == "ReadOnly"
    home.close()


def test_account_that_only_observes_still_sees_its_own(pair: Pair, tmp_path: Path) -> None:
    pair.buy()
    home = Home(pair.street, pair.buyer.account, tmp_path / "reader", read_only=True)

    assert home.view().last_number == 1
    assert home.view().orders
    home.close()


@pytest.mark.failure(
    part="chain",
    failure="no gas",
    person="refused: `GasTooLow`",
    money="bought after a top-up",
)
def test_account_without_gas_is_told_so(pair: Pair) -> None:
    pair.street.chain.fund(pair.buyer_account, 1_000)
    pair.buyer.submit(order(pair.seller_account))

    assert pair.buyer.wait(IntentRefused).name == "GasTooLow"
    pair.street.chain.fund(pair.buyer_account)
    pair.buyer.submit(order(pair.seller_account))
    pair.buyer.wait(IntentConfirmed)


def test_confirmation_waits_for_the_depth(street: Street, tmp_path: Path) -> None:
    home = Home(street, street.new_home(), tmp_path, confirmations=3)
    view = home.view()
    home.submit(offer(view))
    until(lambda: home.view().offers, "the offer is seen")
    number = home.view().block.number
    street.chain.mine()
    until(lambda: home.view().block.number == number + 1, "a second block is seen")
    assert not home.all(IntentConfirmed)

    street.chain.mine()
    assert home.wait(IntentConfirmed).block.number == number
    home.close()


def test_chain_without_fees_needs_no_gas_money(tmp_path: Path) -> None:
    with running_chain("--base-fee", "0", "--gas-price", "0") as chain:
        street = Street(chain)
        home = Home(street, street.new_home(wei=0), tmp_path)
        home.submit(offer(home.view()))
        home.wait(IntentConfirmed)

        assert home.view().gas_balance_wei == 0
        home.close()


def test_chain_before_the_fee_market_gets_plain_gas_prices(tmp_path: Path) -> None:
    with running_chain("--hardfork", "berlin") as chain:
        street = Street(chain)
        home = Home(street, street.new_home(), tmp_path)
        home.submit(offer(home.view()))
        confirmed = home.wait(IntentConfirmed)

        assert chain.call("eth_getTransactionByHash", confirmed.transaction)["type"] == "0x0"
        home.close()


@pytest.mark.failure(
    part="file",
    failure="two processes with one key",
    person="`another process uses it`",
)
def test_second_ledger_with_the_same_keystore_is_refused(
    street: Street, tmp_path: Path, chain: Chain
) -> None:
    from node.keys.account import create_account

    account = create_account(tmp_path / "keystore.json", "password")
    chain.fund(account.account)
    first = Home(street, account, tmp_path / "first")
    with pytest.raises(FileLocked, match="another process uses it"):
        Home(street, account, tmp_path / "second")
    first.close()


def test_interval_and_ring_are_as_told(chain: Chain) -> None:
    street = Street(chain, DeploySettings(interval_s=3_600, ring=64, grace_s=120))
    from node.ledger.contracts.registry import RegistryContract
    from node.ledger.contracts.sale import SaleContract

    registry, sale = RegistryContract(street.registry), SaleContract(street.sale)

    assert chain.ask(registry.interval()) == 3_600
    assert chain.ask(sale.grace()) == 120
