"""Merge a LoRA adapter into its base, as one full model that any server loads.

    python -m train.merge --base workbench/demo/base --adapter workbench/demo/adapter --out merged/

The merge is computed in float32 and saved in the base's own precision, in shards. Then the saved
model is loaded again and must answer as base and adapter did: rounding moves a logit a little, a
wrong merge moves the likeliest tokens.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from workbench.errors import EngineError, InputError, WorkbenchError
from workbench.prompts import mcqa_prompt, qa_prompt
from workbench.questions import load_questions

MIN_AGREEMENT = 0.98  # share of positions at which the likeliest token must stay
SHARD = "5GB"
PROBES = 16


class Parity(NamedTuple):
    """The merged model beside base and adapter, over every position of the probe prompts."""

    positions: int
    max_difference: float  # of a logit
    agreement: float  # share of positions with the same likeliest token

    def __str__(self) -> str:
        return (
            f"largest difference of a logit {self.max_difference:.3f}, same likeliest token at "
            f"{self.agreement:.1%} of {self.positions} positions"
        )


def probe_prompts() -> list[str]:
    """Questions of the bundled set with options and without, in the native format."""
    questions = load_questions("krx-mcqa").questions[:PROBES]
    return [
        text
        for q in questions
        for text in (mcqa_prompt(q, "native").text, qa_prompt(q.question, "native").text)
    ]


def merge_adapter(
    base: str,
    adapter: Path,
    out: Path,
    revision: str | None = None,
    shard: str = SHARD,
    min_agreement: float = MIN_AGREEMENT,
) -> Parity:
    """Write the merged model, its tokenizer and its card into `out`; returns the parity.

    Raises InputError where there is no adapter, EngineError where the merged model answers
    differently; what was written stays for inspection, without a card.
    """
    import torch
    from peft import PeftModel
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    weights = adapter / "adapter_model.safetensors"
    if not weights.is_file():
        raise InputError(f"'{adapter}' holds no adapter (adapter_model.safetensors is missing)")
    saved_as = AutoConfig.from_pretrained(base, revision=revision).dtype or torch.float32
    tokenizer = AutoTokenizer.from_pretrained(base, revision=revision)
    model = AutoModelForCausalLM.from_pretrained(base, revision=revision, dtype=torch.float32)
    tuned = PeftModel.from_pretrained(model, str(adapter)).eval()
    prompts = [tokenizer(text, return_tensors="pt").input_ids for text in probe_prompts()]
    expected = _logits(tuned, prompts)

    merged = tuned.merge_and_unload().to(saved_as)
    merged.save_pretrained(str(out), max_shard_size=shard)
    tokenizer.save_pretrained(str(out))
    del model, tuned, merged

    found = _logits(AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32), prompts)
    parity = compare_logits(expected, found)
    if parity.agreement < min_agreement:
        raise EngineError(
            f"the model merged into '{out}' does not answer as '{adapter}' on '{base}': {parity} "
            f"(at least {min_agreement:.0%} expected); is it the base that the adapter was made on?"
        )
    (out / "README.md").write_text(card(base, weights, str(saved_as), parity), "utf-8")
    return parity


def compare_logits(expected: Sequence[Any], found: Sequence[Any]) -> Parity:
    """Two lists of logits [positions, vocabulary], one for each prompt."""
    import torch

    pairs = list(zip(expected, found, strict=True))
    same = torch.cat([a.argmax(-1) == b.argmax(-1) for a, b in pairs])
    return Parity(
        positions=len(same),
        max_difference=max(float((a - b).abs().max()) for a, b in pairs),
        agreement=float(same.float().mean()),
    )


def _logits(model: Any, prompts: Sequence[Any]) -> list[Any]:
    import torch

    with torch.inference_mode():
        return [model(ids).logits[0].float() for ids in prompts]


def card(base: str, weights: Path, dtype: str, parity: Parity) -> str:
    """The model card, with the adapter's training record where there is one."""
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    training = weights.with_name("training.json")
    record = training.read_text("utf-8") if training.is_file() else json.dumps(None)
    return f"""---
base_model: {base}
language: ko
license: apache-2.0
library_name: transformers
---

# A LoRA adapter merged into {base}

Full weights in {dtype.removeprefix("torch.")}, made by `python -m train.merge`. It generates text,
may be wrong, and gives no investment advice.

- Adapter: SHA-256 {digest}
- Beside base and adapter in float32: {parity}
- It was trained on prompts of the native format (`### 질문: …`, `### 정답:`), without a chat template.

How the adapter was trained:

```json
{record.strip()}
```
"""


def main(arguments: list[str] | None = None) -> int:
    args = _parser().parse_args(arguments)
    try:
        parity = merge_adapter(
            args.base, args.adapter, args.out, args.revision, args.shard, args.min_agreement
        )
    except WorkbenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"merged into {args.out}: {parity}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.merge",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--base", required=True, help="folder or Hub id of the base")
    parser.add_argument("--revision", help="Hub revision of the base")
    parser.add_argument("--adapter", type=Path, required=True, help="folder of the adapter")
    parser.add_argument("--out", type=Path, required=True, help="folder for the merged model")
    parser.add_argument("--shard", default=SHARD, help=f"largest file (default: {SHARD})")
    parser.add_argument(
        "--min-agreement",
        type=float,
        default=MIN_AGREEMENT,
        metavar="SHARE",
        help=f"same likeliest token at so many positions (default: {MIN_AGREEMENT})",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
