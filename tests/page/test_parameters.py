"""page.yml: every key is read, every wrong one is told with its bound, and all at once."""

from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from node.core.errors import ConfigError
from page.parameters import Parameters, load, parse

EXAMPLE = Path(__file__).parents[2] / "page.example.yml"


def problems(content):
    with pytest.raises(ConfigError) as refused:
        parse(content)
    return [problem.path for problem in refused.value.problems]


def test_the_example_names_every_key_with_its_default():
    assert load(EXAMPLE) == Parameters()
    named = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    assert set(named) == {one.name for one in fields(Parameters)}


@pytest.mark.parametrize(
    ("key", "right", "read"),
    [
        ("listen", "::", "::"),
        ("port", 1, 1),
        ("hosts", "page.example", ("page.example",)),
        ("prefix", "/energy/page/", "/energy/page"),
        ("prefix", "/", ""),
        ("framed_by", ["http://ha.local:8123"], ("http://ha.local:8123",)),
        ("session_h", 1, 1),
        ("ask_every_s", 1, 1.0),
        ("programs", {"home-1": "/run/a"}, {"home-1": Path("/run/a")}),
        ("metrics", True, True),
    ],
)
def test_what_is_right_is_read(key, right, read):
    assert getattr(parse({key: right}), key) == read


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("listen", "localhost"),
        ("metrics", 1),
        ("metrics", "on"),
        ("metrics_token", "token"),
        ("programs", {"metrics": "/run/a"}),
        ("listen", 5),
        ("port", 0),
        ("port", 65_536),
        ("port", True),
        ("port", "8420"),
        ("hosts", ["page.example:80"]),
        ("hosts", ["*"]),
        ("prefix", "page"),
        ("prefix", "/../page/x y"),
        ("framed_by", ["*"]),
        ("framed_by", ["http://a; script-src *"]),
        ("framed_by", ["http://a/path"]),
        ("session_h", 0),
        ("session_h", 8_761),
        ("ask_every_s", 0.1),
        ("ask_every_s", float("nan")),
        ("ask_every_s", float("inf")),
        ("programs", {}),
        ("programs", {"login": "/run/a"}),
        ("programs", {"../x": "/run/a"}),
        ("programs", {"home": "run/a"}),
        ("programs", ["/run/a"]),
        ("state_directory", "here"),
        ("state_directory", "/a\0b"),
        ("what", 1),
        (5, 1),
    ],
)
def test_what_is_wrong_is_told_by_its_key(key, wrong):
    assert problems({key: wrong}) == [str(key)]


def test_a_certificate_without_its_key_is_told():
    assert problems({"certificate": "/a"}) == ["key"]
    assert problems({"key": "/a"}) == ["certificate"]


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [1]\nb: *a\n",
        "port: 1\nport: 2\n",
        "port: [\n",
        "!!python/object/apply:os.system [id]\n",
        "- port\n",
        "[" * 5_000,
        "\udc80",
    ],
)
def test_a_file_that_is_no_plain_yaml_is_told(tmp_path, text):
    path = tmp_path / "page.yml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(ConfigError):
        load(path)


def test_files_that_are_no_certificate_are_told(tmp_path):
    (tmp_path / "a").write_text("none")
    parameters = parse({"certificate": str(tmp_path / "a"), "key": str(tmp_path / "b")})

    with pytest.raises(ConfigError, match="certificate"):
        parameters.tls()


def test_a_token_for_metrics_that_are_off_is_refused():
    assert problems({"metrics_token": "/a"}) == ["metrics_token"]
    assert parse({"metrics": True, "metrics_token": "/a"}).metrics_token == Path("/a")
