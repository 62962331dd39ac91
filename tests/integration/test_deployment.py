"""deploy/: what its files name exists, and its dagster.yaml works on a real PostgreSQL."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import httpx
import pytest
import yaml

from pipelines.cli.init import variables
from pipelines.instance import open_instance
from pipelines.packaged import EXAMPLE
from pipelines.run_day import run_day
from resources.settings import load_settings
from resources.settings.engine import EngineKind
from tests.support.played import LAST_DAY, Played, play, seed_once
from tests.support.postgres import Postgres
from tests.support.sshd import free_port

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OURS = ("code", "daemon", "webserver")
FROM_CHART = {"DAGSTER_PG_PASSWORD"}  # set by the chart in every container


def loaded(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text())


def variables_of(value: Any) -> set[str]:
    """The names under `env:` of a dagster.yaml."""
    if isinstance(value, dict):
        own = {value["env"]} if isinstance(value.get("env"), str) else set()
        return own.union(*map(variables_of, value.values()))
    return set().union(*map(variables_of, value)) if isinstance(value, list) else set()


# -- what the files name -----------------------------------------------------------------------------


def test_dagster_is_limited_as_at_the_root_of_the_project() -> None:
    deployed, own = loaded("dagster.yaml"), yaml.safe_load((ROOT / "dagster.yaml").read_text())
    assert deployed.pop("run_launcher") == {"module": "dagster", "class": "DefaultRunLauncher"}
    assert "postgres" in deployed.pop("storage")
    assert own.pop("storage")["custom"]["module"] == "pipelines.run_records"
    for name in ("local_artifact_storage", "compute_logs"):  # where the files are is said by the environment there
        assert deployed.pop(name)["config"] == {"base_dir": {"env": "RECON_DAGSTER_HOME"}}
        assert own.pop(name)["module"] == "pipelines.run_records"
    assert deployed == own


def test_on_kubernetes_only_the_launcher_of_runs_is_another_one() -> None:
    """What the launcher names is in the values of the chart, and its pods go to the node of the code server."""
    deployed, other = loaded("dagster-kubernetes.yaml"), loaded("dagster.yaml")
    launcher, values = deployed.pop("run_launcher"), loaded("helm-values.yaml")
    del other["run_launcher"]
    assert deployed == other
    assert (launcher["module"], launcher["class"]) == ("dagster_k8s", values["runLauncher"]["type"])
    config, (code,) = launcher["config"], values["dagster-user-deployments"]["deployments"]
    assert config["instance_config_map"] == values["global"]["dagsterInstanceConfigMap"]
    assert config["postgres_password_secret"] == values["global"]["postgresqlSecretName"]
    assert code["includeConfigInLaunchedRuns"]["enabled"] is True
    pod = config["run_k8s_config"]["pod_spec_config"]
    assert list(pod["security_context"].values()) == list(code["podSecurityContext"].values())
    (near,) = pod["affinity"]["pod_affinity"]["required_during_scheduling_ignored_during_execution"]
    assert near["label_selector"]["match_labels"] == {"component": "user-deployments", "deployment": code["name"]}
    assert near["topology_key"] == "kubernetes.io/hostname"
    state = loaded("recon-state.yaml")
    assert state["spec"]["accessModes"] == ["ReadWriteOnce"]
    claims = [one["persistentVolumeClaim"]["claimName"] for one in code["volumes"] if "persistentVolumeClaim" in one]
    assert claims == [state["metadata"]["name"]]
    spaces = (values["runLauncher"]["config"]["k8sRunLauncher"]["jobNamespace"], state["metadata"]["namespace"])
    assert set(spaces) == {config["job_namespace"]}
    assert f"--namespace {config['job_namespace']}" in (DEPLOY / "README.md").read_text()


def test_the_image_has_the_launcher_of_its_dagster() -> None:
    wanted, pinned = ((DEPLOY / f"requirements-kubernetes.{kind}").read_text() for kind in ("in", "lock"))
    own = re.search(r"^dagster-postgres==(\S+)", (ROOT / "requirements.in").read_text(), re.MULTILINE)
    assert own
    assert all(f"dagster-k8s=={own[1]}" in text for text in (wanted, pinned))
    assert "requirements-kubernetes.lock" in (DEPLOY / "Dockerfile").read_text()
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert not locked & set(re.findall(r"^([a-z0-9-]+)==", pinned, re.MULTILINE)), "one package, one version"


def test_engine_and_object_store_are_configured_as_the_example_says(tmp_path: Path) -> None:
    written = EXAMPLE.read_text()
    for section in re.split(r"^(?=\[)", (DEPLOY / "recon.toml.example").read_text(), flags=re.MULTILINE)[1:]:
        name = section.partition("\n")[0]
        written = re.sub(rf"^{re.escape(name)}\n(?:(?!\[).*\n)*", "", written, flags=re.MULTILINE) + section
    config = tmp_path / "recon.toml"
    config.write_text(written)
    settings = load_settings(config, {})
    assert settings.engine.kind is EngineKind.SPARK
    assert settings.storage is not None
    assert settings.warehouse.directory.is_relative_to("/var/lib/recon")
    assert settings.exports.directory.is_relative_to("/var/lib/recon")
    documented = (DEPLOY / "recon.env.example").read_text()
    for name in (settings.engine.token_env, settings.storage.access_key_env, settings.storage.secret_key_env):
        assert re.search(rf"^{name}=", documented, re.MULTILINE), name


def test_every_variable_of_dagster_is_set_for_every_service() -> None:
    needed = variables_of(loaded("dagster.yaml"))
    services = loaded("compose.yaml")["services"]
    for name in OURS:
        assert needed <= set(services[name]["environment"]), name
    values = loaded("helm-values.yaml")
    (code,) = values["dagster-user-deployments"]["deployments"]
    for part in (code, values["dagsterWebserver"], values["dagsterDaemon"]):
        assert needed <= {line["name"] for line in part["env"]} | FROM_CHART


def test_only_the_code_server_gets_secrets_and_all_of_them() -> None:
    services = loaded("compose.yaml")["services"]
    assert [name for name in services if "env_file" in services[name]] == ["code"]
    documented = set(re.findall(r"^(\w+)=", (DEPLOY / "recon.env.example").read_text(), re.MULTILINE))
    example = load_settings(EXAMPLE, {})
    assert {name for name, _ in variables(example)} | {example.engine.token_env} == documented


def test_all_images_are_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    services, values = loaded("compose.yaml")["services"], loaded("helm-values.yaml")
    assert {services[name]["image"] for name in OURS} == {f"recon:{version}"}
    assert values["dagsterDaemon"]["image"]["tag"] == version
    pinned = re.search(r"^dagster==(\S+)", (ROOT / "requirements.in").read_text(), re.MULTILINE)
    assert pinned
    for name in ("helm-values.yaml", "README.md"):
        assert f"--version {pinned[1]}" in (DEPLOY / name).read_text()


def test_the_image_holds_what_the_project_needs() -> None:
    ignore = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    kept = {line[1:] for line in ignore if line.startswith("!")}
    assert all((ROOT / name).exists() for name in kept)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert kept >= {*packages, "config", "deploy", "dagster.yaml", "requirements.lock", "README.md", "pyproject.toml"}
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (?!--)(\S+) ", dockerfile, re.MULTILINE)
    assert all((ROOT / name).exists() for name in copied)
    (home,) = re.findall(r"\bDAGSTER_HOME=(\S+)", dockerfile)
    assert home.replace("/opt/recon", str(ROOT)) == str(DEPLOY)
    assert re.search(r"^USER recon$", dockerfile, re.MULTILINE)


def commands() -> dict[str, list[str]]:
    """What each service runs, as in compose.yaml."""
    services = loaded("compose.yaml")["services"]
    return {name: services[name]["command"] for name in OURS}


def test_the_services_name_files_and_volumes_that_exist() -> None:
    compose = loaded("compose.yaml")
    for name in OURS:
        for volume in compose["services"][name]["volumes"]:
            source = volume.split(":")[0]
            is_explained = (
                source in compose["volumes"] or source.removeprefix("./") in (DEPLOY / "README.md").read_text()
            )
            assert is_explained, volume
    for name in ("daemon", "webserver"):
        (workspace,) = [word for word in commands()[name] if word.endswith(".yaml")]
        assert Path(workspace.replace("/opt/recon", str(ROOT))).is_file()
    (server,) = loaded("workspace.yaml")["load_from"]
    assert server["grpc_server"]["host"] in compose["services"]
    assert str(server["grpc_server"]["port"]) in commands()["code"]
    assert (DEPLOY / compose["services"]["code"]["build"]["context"] / "deploy" / "Dockerfile").resolve().is_file()


# -- on a real PostgreSQL ----------------------------------------------------------------------------


@pytest.fixture
def environment(server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """As compose.yaml sets it, for the database of this test."""
    url = urlsplit(server.new_database())
    environment = {
        "DAGSTER_HOME": str(DEPLOY),
        "DAGSTER_PG_HOST": str(url.hostname),
        "DAGSTER_PG_PORT": str(url.port),
        "DAGSTER_PG_USERNAME": str(url.username),
        "DAGSTER_PG_PASSWORD": "unused",
        "DAGSTER_PG_DB": url.path.lstrip("/"),
        "RECON_DAGSTER_HOME": str(tmp_path / "dagster"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


def our_own_run_is_recorded(played: Played) -> None:
    """A run of ours, which lacks a report, is in PostgreSQL and nowhere else."""
    (report, *_) = played.reports(LAST_DAY, "summary")
    aside = report.rename(played.folder / report.name)
    with open_instance(played.settings) as instance:
        assert type(instance.run_storage).__name__ == "PostgresRunStorage"
        result = run_day(played.settings, LAST_DAY, instance=instance)
        assert result.status == "incomplete"
    aside.rename(report)
    assert not (played.settings.warehouse.directory / "dagster").exists()
    with dg.DagsterInstance.get() as services:
        run = services.get_run_by_id(result.run_id)
        assert run is not None
        assert run.is_failure_or_canceled
        assert services.get_latest_materialization_event(dg.AssetKey(["landed", "calendar"])) is not None


@contextmanager
def running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    path = [str(Path(sys.executable).with_name(command[0])), *command[1:]]
    with log.open("wb") as output:
        service = subprocess.Popen(path, stdout=output, stderr=output, cwd=ROOT)
    try:
        yield service
    finally:
        service.terminate()
        try:
            service.wait(30)
        except subprocess.TimeoutExpired:
            service.kill()
            service.wait()


QUESTION = """{
  workspaceOrError { ... on Workspace { locationEntries {
    name loadStatus locationOrLoadError { __typename ... on PythonError { message } }
  } } }
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }
}"""


LAUNCH = """mutation($day: String!) { launchRun(executionParams: {
  selector: { repositoryLocationName: "recon", repositoryName: "__repository__", jobName: "clearing_day" }
  runConfigData: {}
  executionMetadata: { tags: [{ key: "dagster/partition", value: $day }] }
}) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")
def test_the_three_services_run_a_day_with_the_commands_of_compose(environment: dict[str, str], tmp_path: Path) -> None:
    code_port, web_port = str(free_port()), str(free_port())
    base = f"http://127.0.0.1:{web_port}"
    workspace = tmp_path / "workspace.yaml"
    text = (DEPLOY / "workspace.yaml").read_text()
    workspace.write_text(text.replace("host: code", "host: 127.0.0.1").replace("4000", code_port))
    here = {
        "0.0.0.0": "127.0.0.1", "4000": code_port, "3000": web_port,
        "/opt/recon/deploy/workspace.yaml": str(workspace),
    }  # fmt: skip
    with ExitStack() as stack:
        played = stack.enter_context(play(seed_once(tmp_path / "seed", days=1, faults=False), tmp_path / "box"))
        our_own_run_is_recorded(played)
        for name in OURS:
            command = [here.get(word, word) for word in commands()[name]]
            stack.enter_context(running(command, tmp_path / f"{name}.log"))
            if name == "code":  # the others wait for it
                wait_until_open(int(code_port))
                wait_until_healthy([here.get(word, word) for word in healthcheck("code")])
        (entry,) = wait_for(base, tmp_path)["workspaceOrError"]["locationEntries"]
        assert (entry["name"], entry["locationOrLoadError"]["__typename"]) == ("recon", "RepositoryLocation"), entry
        asked = {"query": LAUNCH, "variables": {"day": str(LAST_DAY)}}
        launched = httpx.post(f"{base}/graphql", json=asked, timeout=60).json()["data"]["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        assert ended(launched["run"]["runId"]) is dg.DagsterRunStatus.SUCCESS
        assert "breaks.csv" in played.exported(LAST_DAY)
        with dg.DagsterInstance.get() as services:
            assert services.get_latest_materialization_event(dg.AssetKey(["breaks", "items"])) is not None


def ended(run_id: str, seconds: float = 180) -> dg.DagsterRunStatus:
    """How a run ends that the daemon takes from the queue and the code server runs."""
    until = time.monotonic() + seconds
    with dg.DagsterInstance.get() as instance:
        while True:
            run = instance.get_run_by_id(run_id)
            assert run is not None
            if run.is_finished or time.monotonic() > until:
                return run.status
            time.sleep(1)


def healthcheck(name: str) -> list[str]:
    return list(loaded("compose.yaml")["services"][name]["healthcheck"]["test"][1:])


def wait_until_open(port: int, seconds: float = 90) -> None:
    """Until something listens: each question for its health is a process of its own."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.5)
    pytest.fail("the code server does not listen")


def wait_until_healthy(command: list[str], tries: int = 30) -> None:
    path = [str(Path(sys.executable).with_name(command[0])), *command[1:]]
    for _ in range(tries):
        if subprocess.run(path, capture_output=True, cwd=ROOT).returncode == 0:
            return
        time.sleep(1)
    pytest.fail("the code server does not become healthy")


def wait_for(base: str, logs: Path, seconds: float = 150) -> Any:
    """The answer of the webserver, once the code is loaded and all daemons are well."""
    until, reply = time.monotonic() + seconds, None
    while time.monotonic() < until:
        try:
            httpx.get(f"{base}/server_info").raise_for_status()
            reply = httpx.post(f"{base}/graphql", json={"query": QUESTION}, timeout=30).json()["data"]
        except httpx.HTTPError:
            reply = None
        if reply and all(entry["loadStatus"] == "LOADED" for entry in reply["workspaceOrError"]["locationEntries"]):
            daemons = reply["instance"]["daemonHealth"]["allDaemonStatuses"]
            if all(daemon["healthy"] for daemon in daemons if daemon["required"]):
                return reply
        time.sleep(1)
    pytest.fail("\n".join(path.read_text()[-2000:] for path in logs.glob("*.log")) or str(reply))
