"""A price comes from a real file, a real web server and a real broker, and stands on a chain."""

import json
import os
import signal
import subprocess
import sys
import time

from paho.mqtt import publish

from node.ledger.contracts.registry import RegistryContract
from tests.node.devices.sources.conftest import PlayedWeb
from tests.parts.brokers import running_broker
from tests.parts.waiting import until
from tests.system.test_ledger_operator import Operator

BOUNDS = ("--least-price", "0.05", "--most-price", "0.60")


def price_in_use(operator):
    registry = RegistryContract(str(operator.addresses()["registry"]))
    return operator.chain.ask(registry.price_in_use())[0]


def follow(operator, source, *more):
    """Look once; give the status."""
    return operator.run("post-price", "--source", str(source), "--once", *BOUNDS, *more)


def test_a_price_is_taken_from_a_file_and_a_web_server_within_bounds(chain, tmp_path, capsys):
    operator = Operator(chain, tmp_path)
    assert operator.run("deploy") == 0
    file = tmp_path / "price.txt"
    file.write_text("0.18\n")

    assert follow(operator, file) == 0
    assert price_in_use(operator) == 180_000
    count = chain.transactions_of(operator.account)
    assert follow(operator, file) == 0
    assert chain.transactions_of(operator.account) == count, "the same is not posted again"

    for text, age_s, sentence in (
        ("0.7", 0, "0.7 per kWh is not from 0.05"),
        ("soon", 0, "'soon' is no number"),
        ("0.2", 4_000, "s old, above 3600 s (--max-age)"),
    ):
        file.write_text(text)
        os.utime(file, (time.time() - age_s,) * 2)
        assert follow(operator, file) == 1
        assert sentence in capsys.readouterr().err
    file.unlink()
    assert follow(operator, file) == 1
    assert price_in_use(operator) == 180_000, "what is wrong changes nothing"

    web = PlayedWeb()
    try:
        web.answer = lambda *_: (200, json.dumps({"data": [{"price": 210.5}]}).encode())
        assert follow(operator, web.url, "--pick", "/data/0/price", "--factor", "0.001") == 0
        assert price_in_use(operator) == 210_500
        web.answer = lambda *_: (503, b"")
        assert follow(operator, web.url) == 1
        assert "status 503" in capsys.readouterr().err
    finally:
        web.close()


def test_bounds_and_sources_that_are_none_are_refused_before_anything_is_asked(
    chain, tmp_path, capsys
):
    operator = Operator(chain, tmp_path)
    for more, sentence in (
        ((), "give --price, or a --source"),
        (("--price", "0.2", "--source", "a"), "give --price, or a --source"),
        (("--source", "a"), "--source needs --least-price and --most-price"),
        (("--source", "ftp://a/b"), "a file, or a URL of http, https or mqtt"),
        (("--source", "mqtt://a"), "mqtt://HOST[:PORT]/TOPIC"),
        (("--source", "a", "--pick", "price"), "a JSON pointer"),
        (("--source", "a", "--factor", "0"), "a decimal above 0"),
    ):
        registry = ("--registry", "0x" + "5" * 40)
        assert operator.run("post-price", *registry, *more) == 1
        assert sentence in capsys.readouterr().err


def test_a_topics_price_is_followed_until_the_program_is_ended(chain, tmp_path):
    operator = Operator(chain, tmp_path)
    assert operator.run("deploy") == 0
    with running_broker(tmp_path) as broker:
        process = subprocess.Popen([
            sys.executable, "-m", "contracts", "post-price", "--allow-development-chain",
            "--rpc", chain.url, "--keystore", str(operator.keystore),
            "--password-file", str(operator.password), "--parameters", str(operator.parameters),
            "--source", f"mqtt://127.0.0.1:{broker.port}/market/price", "--every", "1", *BOUNDS,
        ])  # fmt: skip
        try:
            for tokens, price in (("0.2", 200_000), ("9.9", 200_000), ("0.3", 300_000)):

                def is_posted(tokens=tokens, price=price):
                    publish.single("market/price", tokens, hostname="127.0.0.1", port=broker.port)
                    try:
                        return price_in_use(operator) == price
                    except AssertionError:
                        return False

                until(is_posted, f"{price} is in use")
            process.send_signal(signal.SIGTERM)
            assert process.wait(200) == 0
        finally:
            process.kill()
            process.wait(200)
