"""The commands of docs/cluster.md on a cluster of their own: shipping, tokens and joining cannot be seen without."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runs import RECIPE, ROOT, write_recipe

PAGE = ROOT / "docs" / "cluster.md"


@pytest.fixture
def cluster() -> Iterator[dict[str, str]]:
    """A head of its own, on free ports, and the environment to reach it; `ray stop` would end every Ray there is."""
    ports = free_ports(5)
    folder = tempfile.mkdtemp(prefix="nf-")  # a path short enough for Ray's sockets
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_API_SERVER_ADDRESS": f"http://127.0.0.1:{ports[1]}",
        "RAY_ADDRESS_OF_HEAD": f"127.0.0.1:{ports[0]}",
    }
    environment |= exported(command("export RAY_AUTH_MODE"), environment)
    head = subprocess.Popen(
        [*command("ray start --head").split(), "--block", "--num-cpus=2", f"--temp-dir={folder}",
         f"--port={ports[0]}", f"--dashboard-port={ports[1]}", f"--ray-client-server-port={ports[2]}",
         f"--dashboard-agent-listen-port={ports[3]}", f"--metrics-export-port={ports[4]}"],
        env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(ports[1], head)
        yield environment
    finally:
        head.send_signal(signal.SIGTERM)
        head.wait(timeout=60)


@pytest.mark.ray
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_commands_of_the_page_make_the_same_shards_as_one_process(cluster: dict[str, str], tmp_path: Path) -> None:
    text = RECIPE.replace("per_storey = 6", "per_storey = 2").replace("per_unit = 2", "per_unit = 1")
    recipe = write_recipe(tmp_path, text)
    generate = ["navfoundry", "generate", str(recipe), "--sheet", "0"]
    subprocess.run([*generate, "--out", str(tmp_path / "inline"), "--executor", "inline"], env=cluster, check=True)

    submit = command("ray job submit").replace("recipes/demo.toml", str(recipe))
    job = subprocess.run(
        submit, shell=True, cwd=ROOT, env=cluster | {"OUT": str(tmp_path / "job")}, capture_output=True, text=True
    )
    assert job.returncode == 0, job.stdout[-3000:] + job.stderr[-3000:]
    assert "succeeded" in job.stdout and "open, 0 quarantined" in job.stdout
    assert shards(tmp_path / "job") == shards(tmp_path / "inline") != {}

    joined = [*generate, "--out", str(tmp_path / "joined"), "--address", cluster["RAY_ADDRESS_OF_HEAD"]]
    subprocess.run(joined, env=cluster, cwd=tmp_path, check=True)
    assert shards(tmp_path / "joined") == shards(tmp_path / "inline")


def command(beginning: str) -> str:
    """The line of the page that begins so."""
    lines = "\n".join(re.findall(r"^```bash\n(.*?)^```", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)).splitlines()
    return next(line for line in lines if line.startswith(beginning))


def exported(line: str, environment: dict[str, str]) -> dict[str, str]:
    done = subprocess.run(["bash", "-c", f"{line}; env"], env=environment, capture_output=True, text=True, check=True)
    pairs = (entry.split("=", 1) for entry in done.stdout.splitlines() if entry.startswith("RAY_AUTH"))
    return {name: value for name, value in pairs if value}


def shards(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((out / "shards").iterdir())}


def free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


def wait_for(port: int, head: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 90
    while head.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    raise AssertionError(f"no Ray head on port {port}; exit code {head.poll()}")
