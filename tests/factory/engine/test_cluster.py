from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator

import pytest
import ray

from factory.engine import cluster
from factory.engine.cluster import Cluster, connect
from schemas.errors import RecipeError, TransientError
from schemas.recipe import Engine


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture
def unconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


@pytest.mark.usefixtures("unconnected")
def test_an_address_where_nobody_listens_is_a_clear_error_at_once(nobody: str) -> None:
    with pytest.raises(RecipeError, match=rf"cannot join the Ray cluster at {nobody} .*RAY_AUTH_TOKEN"):
        connect(Engine(address=nobody))


@pytest.mark.usefixtures("unconnected")
def test_the_address_of_the_environment_is_joined_as_in_a_submitted_job(
    nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", nobody)
    with pytest.raises(RecipeError, match=f"cannot join the Ray cluster at {nobody}"):
        connect(Engine())


@pytest.mark.usefixtures("unconnected")
@pytest.mark.parametrize("address", ["ray://head:10001", "http://head:8265"])
def test_an_address_for_clients_is_refused_with_what_to_give_instead(address: str) -> None:
    with pytest.raises(RecipeError, match=rf"{address} is for clients outside.*host:port.*ray job submit"):
        connect(Engine(address=address))


@pytest.mark.usefixtures("unconnected")
def test_ray_is_given_a_second_chance_to_start_and_then_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[dict[str, object]] = []

    def too_slow(**arguments: object) -> None:
        tried.append(arguments)
        raise TimeoutError("the node did not start in 30 s")

    monkeypatch.setattr(ray, "init", too_slow)
    monkeypatch.setattr(ray, "shutdown", lambda: None)
    with pytest.raises(TransientError, match=r"did not start .*30 s.*--executor inline"):
        connect(Engine(workers=3, cpus_per_unit=1.5))
    assert [arguments["num_cpus"] for arguments in tried] == [5, 5]


@pytest.mark.usefixtures("unconnected")
@pytest.mark.parametrize(("folder", "chosen"), [("/tmp", None), ("/scratch/" + "x" * 60, "/tmp/ray")])
def test_sockets_are_kept_out_of_a_folder_whose_path_is_too_long(
    folder: str, chosen: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[dict[str, object]] = []
    monkeypatch.setattr(tempfile, "tempdir", folder)
    monkeypatch.setattr(ray, "init", lambda **arguments: started.append(arguments))
    monkeypatch.setattr(ray, "cluster_resources", lambda: {"CPU": 2.0})
    assert not connect(Engine()).joined
    assert started[0]["_temp_dir"] == chosen


@pytest.mark.parametrize(
    ("has", "cpus", "gpus", "slots"),
    [
        ({"CPU": 8.0}, 1.0, 0.0, 8),
        ({"CPU": 8.0}, 3.0, 0.0, 2),
        ({"CPU": 8.0}, 0.5, 0.0, 16),
        ({"CPU": 0.3}, 0.1, 0.0, 3),
        ({"CPU": 64.0, "GPU": 2.0}, 4.0, 0.5, 4),
        ({"CPU": 64.0}, 4.0, 1.0, 0),
        ({}, 1.0, 0.0, 0),
    ],
)
def test_slots_are_bounded_by_the_scarcest_resource(
    has: dict[str, float], cpus: float, gpus: float, slots: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray, "cluster_resources", lambda: has)
    assert Cluster(joined=True).slots(Engine(cpus_per_unit=cpus, gpus_per_unit=gpus)) == slots


def test_what_a_driver_ships_is_the_rooms_of_its_own_checkout() -> None:
    assert all((cluster.ROOT / room / "__init__.py").is_file() for room in cluster.ROOMS)
