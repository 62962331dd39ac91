"""The server that is not there; what one makes of the statements is in tests/integration/test_engines.py."""

import sys

import duckdb
import pytest

from pipelines.packaged import EXAMPLE
from recon.errors import EngineError
from resources.engine import engine_of, in_process
from resources.engine.spark_server import SparkServer
from resources.settings import load_settings
from resources.settings.engine import EngineKind, EngineSettings
from resources.warehouse import Warehouse
from tests.support.sshd import free_port

SECRET = "not-for-others"


@pytest.fixture
def nobody() -> SparkServer:
    return SparkServer(f"sc://127.0.0.1:{free_port()}", SECRET, wait_seconds=0)


def test_a_server_that_is_not_there_is_named_and_the_token_is_not(nobody, tmp_path):
    with pytest.raises(EngineError) as caught, nobody.opened(duckdb.connect(), Warehouse(tmp_path)):
        pass
    assert str(caught.value) == (
        f"{nobody.url}: the engine does not answer. Start it, or correct engine.url in recon.toml"
    )
    assert SECRET not in f"{nobody!r} {caught.value!r} {caught.value.__cause__!r}"
    assert not (tmp_path / "spill" / "engine").exists()


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("sc://host:15002", "sc://host:15002/;token=t"),
        ("sc://host:15002/", "sc://host:15002/;token=t"),
        ("sc://host/;use_ssl=true", "sc://host/;use_ssl=true;token=t"),
    ],
)
def test_the_token_is_added_when_the_session_is_opened(url, whole):
    assert SparkServer(url, "t").with_token() == whole
    assert SparkServer(url).with_token() == url


@pytest.mark.parametrize("module", ["pyspark.sql.connect.session", "resources.engine.spark"])
def test_a_missing_package_is_named(nobody, monkeypatch, module, tmp_path):
    monkeypatch.setitem(sys.modules, module, None)
    with (
        pytest.raises(EngineError, match="a package for Spark Connect is missing or too old") as caught,
        nobody.opened(duckdb.connect(), Warehouse(tmp_path)),
    ):
        pass
    assert caught.value.do == 'Install it with `pip install ".[spark]"`'


def test_duckdb_is_used_unless_another_engine_is_configured():
    settings = load_settings(EXAMPLE, {})
    assert engine_of(settings) is in_process
    spark = EngineSettings(kind=EngineKind.SPARK, url="sc://host")
    opened = engine_of(settings.model_copy(update={"engine": spark}))
    assert opened.__self__ == SparkServer("sc://host")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"kind": "spark"}, "needs a url"),
        ({"url": "sc://host:15002"}, "DuckDB runs in this process"),
        ({"kind": "spark", "url": "http://host"}, "match pattern"),
        ({"kind": "spark", "url": "sc://me:secret@host"}, "match pattern"),
        ({"kind": "spark", "url": "sc://host/;token=abc"}, "a token does not belong in the file"),
        ({"kind": "trino"}, "'duckdb' or 'spark'"),
    ],
)
def test_what_the_section_refuses(keys, said):
    with pytest.raises(ValueError, match=said):
        EngineSettings(**keys)


def test_parameters_of_spark_connect_may_follow():
    url = "sc://host:443/;use_ssl=true;x-databricks-cluster-id=0123"
    assert EngineSettings(kind="spark", url=url).url == url
