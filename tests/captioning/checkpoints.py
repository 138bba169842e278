"""Tiny checkpoints of the real architectures with random weights, made offline: about 1 MB each.

Too small to say anything sensible; exact enough to compare whole paths number by number.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

IMAGE_SIZE = 112
PATCH = 14
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>", "<video>")
THOUGHTS = ("<think>", "</think>")
CONTEXT = 4096

CHAT = """{% for message in messages %}<|im_start|>{{ message['role'] }}
{% if message['content'] is string %}{{ message['content'] }}{% else %}\
{% for part in message['content'] if part['type'] == 'image' %}<image>{% endfor %}\
{% for part in message['content'] if part['type'] == 'video' %}<video>{% endfor %}\
{% for part in message['content'] if part['type'] == 'text' %}{{ part['text'] }}{% endfor %}{% endif %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% if enable_thinking is defined and not enable_thinking %}<think>

</think>

{% endif %}{% endif %}"""


def make_llava(folder: Path) -> Path:
    """A LLaVA-OneVision: SigLIP of 2 layers, Qwen2 of 2 layers, its real processor."""
    import torch
    from transformers import (
        LlavaOnevisionConfig,
        LlavaOnevisionForConditionalGeneration,
        LlavaOnevisionImageProcessor,
        LlavaOnevisionProcessor,
        LlavaOnevisionVideoProcessor,
        Qwen2Config,
        SiglipVisionConfig,
    )

    tokenizer = _tokenizer()
    ids = tokenizer.convert_tokens_to_ids
    vision = SiglipVisionConfig(
        hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=2,
        image_size=IMAGE_SIZE, patch_size=PATCH, vision_use_head=False,
    )  # fmt: skip
    text = Qwen2Config(
        vocab_size=len(tokenizer), hidden_size=128, intermediate_size=256, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=CONTEXT, tie_word_embeddings=False,
        bos_token_id=None, eos_token_id=ids("<|im_end|>"), pad_token_id=ids("<|endoftext|>"),
    )  # fmt: skip
    pinpoints = [[IMAGE_SIZE * i, IMAGE_SIZE * j] for i in (1, 2) for j in (1, 2)]
    config = LlavaOnevisionConfig(
        vision_config=vision, text_config=text, image_grid_pinpoints=pinpoints, vision_aspect_ratio="anyres_max_9",
        image_token_id=ids("<image>"), video_token_id=ids("<video>"), tie_word_embeddings=False,
    )  # fmt: skip
    torch.manual_seed(0)
    model = LlavaOnevisionForConditionalGeneration(config).eval()
    _enliven(model)
    size = {"height": IMAGE_SIZE, "width": IMAGE_SIZE}
    processor = LlavaOnevisionProcessor(
        image_processor=LlavaOnevisionImageProcessor(size=size, image_grid_pinpoints=pinpoints),
        tokenizer=tokenizer,
        video_processor=LlavaOnevisionVideoProcessor(size=size),
        num_image_tokens=(IMAGE_SIZE // PATCH) ** 2,
        vision_feature_select_strategy="full",
        chat_template=CHAT,
        image_token="<image>",
        video_token="<video>",
        vision_aspect_ratio="anyres_max_9",
    )
    processor.save_pretrained(folder)
    model.save_pretrained(folder)
    _rename_vision_tower(folder / "model.safetensors")
    return folder


def make_qwen3(folder: Path) -> Path:
    """A Qwen3 of 2 layers."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    tokenizer = _tokenizer()
    ids = tokenizer.convert_tokens_to_ids
    config = Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=128, intermediate_size=256, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=32, max_position_embeddings=CONTEXT, tie_word_embeddings=False,
        bos_token_id=None, eos_token_id=ids("<|im_end|>"), pad_token_id=ids("<|endoftext|>"),
    )  # fmt: skip
    torch.manual_seed(1)
    model = Qwen3ForCausalLM(config).eval()
    _enliven(model)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _enliven(model: Any) -> None:
    """Weights of a trained model's size, with sharp attention, so that images and words change what comes out."""
    import torch

    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.dim() > 1:
                sharpness = 3.0 if "language_model" in name and ("q_proj" in name or "k_proj" in name) else 1.0
                weights.normal_(0.0, 0.05 if "embed_tokens" in name else sharpness * weights.shape[-1] ** -0.5)


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import Qwen2TokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=900, special_tokens=list(SPECIAL), initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(_lines(), trainer)
    fast = Qwen2TokenizerFast(
        tokenizer_object=tokenizer, unk_token=None, bos_token=None, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    fast.add_tokens(list(THOUGHTS))
    fast.chat_template = CHAT
    return fast


def _lines() -> list[str]:
    things = ("sofa", "bed", "plant", "table", "lamp", "window", "door", "kitchen counter", "rug", "mirror")
    says = "You describe what the camera of a robot sees. Image 1, frame 12: the robot turns 90 degrees left."
    lines = [
        f'Walk {way} past the {thing}, turn {side} at the {other} and stop. {{"instruction": "Go {way}."}}'
        for way in ("forward", "straight ahead", "along the hallway")
        for thing in things
        for side in ("left", "right")
        for other in things[::3]
    ]
    return [*lines, says]


def _rename_vision_tower(path: Path) -> None:
    """As the files on the hub have it: vLLM looks for these names, transformers 5 saves shorter ones."""
    from safetensors.torch import load_file, save_file

    weights = {
        name.replace("vision_tower.", "vision_tower.vision_model.", 1)
        if "vision_tower." in name and "vision_tower.vision_model." not in name
        else name: value
        for name, value in load_file(path).items()
    }
    save_file(weights, path, metadata={"format": "pt"})
