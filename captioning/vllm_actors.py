"""vLLM in Ray actors, one engine each, wherever the cluster has room for them; shared by all units of a run."""

from __future__ import annotations

import functools
import os
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import ray
from ray.exceptions import RayActorError, RayTaskError

from captioning.chat import Answer, Fault, ModelIdentity, Request, in_order
from captioning.vllm_chat import VllmChat, batches
from factory.engine import cluster
from schemas.errors import RecipeError, TransientError
from schemas.recipe import Engine, Model

# Batches that wait at an actor, so that it need not wait for the next one to travel.
IN_HAND = 2
PATIENCE = 1800.0  # seconds that a cluster may take to make room; nodes take minutes to start
TRIES = 3  # of a batch whose actor dies; another actor's death while it waits counts too


class VllmActors:
    """A pool of engines. The process that makes it owns the actors; a copy sent to a task only asks them."""

    def __init__(self, model: Model, engine: Engine) -> None:
        """Raises RecipeError where the cluster could never hold the actors, and what `VllmChat` raises."""
        connected = cluster.connect(engine)
        options = model.vllm
        gpus = options.tensor_parallel if options.gpus is None else options.gpus
        free = ray.available_resources().get("GPU", 0.0)
        if not connected.joined and free < gpus * options.actors:
            raise RecipeError(
                f"captioning: {model.model}: {options.actors} actors of {gpus:g} GPUs each, this machine has {free:g} "
                f"left; lower actors or gpus (0 for the CPU, a share to have two models on one), or join a cluster"
            )
        # An engine works while units wait for it, so it holds no CPU that a unit could have.
        host = ray.remote(_Host).options(num_cpus=0, num_gpus=gpus, max_restarts=-1, max_task_retries=TRIES - 1)
        self._actors = [host.remote(model) for _ in range(options.actors)]
        self._batch_size = options.batch_size
        # All of them: the next pool sees what is left, and no unit waits for an actor that never comes.
        identities: list[ModelIdentity] = _get([actor.identity.remote() for actor in self._actors], PATIENCE)
        self._identity = identities[0]

    @property
    def identity(self) -> ModelIdentity:
        """Who answers."""
        return self._identity

    def budget(self, request: Request) -> int:
        """As `VllmChat.budget`."""
        tokens: int = _get(self._actors[0].budget.remote(request), PATIENCE)
        return tokens

    def answer(self, requests: Sequence[Request]) -> list[Answer | Fault]:
        """An answer or a fault for each, in order; a transient fault where an actor died over it again and again."""
        return in_order(len(requests), self.arrivals(requests))

    def arrivals(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Answer | Fault]]]:
        """Batch by batch, as the actors finish them."""
        waiting = deque(batches(len(requests), min(self._batch_size, _share(len(requests), len(self._actors)))))
        working: dict[Any, tuple[Any, range]] = {}
        for actor in self._actors * IN_HAND:
            if waiting:
                self._hand_over(actor, waiting.popleft(), requests, working)
        while working:
            ready, _ = ray.wait(list(working), num_returns=1)
            actor, batch = working.pop(ready[0])
            if waiting:
                self._hand_over(actor, waiting.popleft(), requests, working)
            yield list(zip(batch, _outcomes(ready[0], len(batch)), strict=True))

    def close(self) -> None:
        """End the actors."""
        for actor in self._actors:
            ray.kill(actor)

    def _hand_over(
        self, actor: Any, batch: range, requests: Sequence[Request], working: dict[Any, tuple[Any, range]]
    ) -> None:
        working[actor.answer.remote([requests[index] for index in batch])] = (actor, batch)


class _Host:
    """What runs in an actor."""

    def __init__(self, model: Model) -> None:
        # Ray allows an actor one thread for each CPU that it holds, and this one holds none.
        os.environ.pop("OMP_NUM_THREADS", None)
        self._model = model
        self._left = model.vllm.recycle_after

    @functools.cached_property
    def _chat(self) -> VllmChat:
        """Made at the first call: what it raises then comes out as it is, and not as the death of an actor."""
        return VllmChat(self._model)

    def identity(self) -> ModelIdentity:
        return self._chat.identity

    def pid(self) -> int:
        return os.getpid()

    def budget(self, request: Request) -> int:
        return self._chat.budget(request)

    def answer(self, requests: list[Request]) -> list[Answer | Fault]:
        """Past its share of batches the process ends before it begins another: Ray starts it anew and asks again."""
        if self._left == 0:
            self._chat.close()
            os._exit(0)
        self._left -= 1
        return self._chat.answer(requests)


def _share(requests: int, actors: int) -> int:
    """Requests of a batch such that each actor has some."""
    return max(1, -(-requests // actors))


def _outcomes(batch: Any, size: int) -> Sequence[Answer | Fault]:
    try:
        answers: list[Answer | Fault] = _get(batch, None)
    except (RayActorError, TransientError) as error:
        return [Fault(f"the actor that holds the model died ({error})", transient=True)] * size
    return answers


def _get(answer: Any, timeout: float | None) -> Any:
    """The value, or what the actor raised, without Ray's wrapping."""
    try:
        return ray.get(answer, timeout=timeout)
    except RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.GetTimeoutError as error:
        raise TransientError(
            f"captioning: the cluster had no room for an engine in {timeout:g} s; see `ray status`"
        ) from error
