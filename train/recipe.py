"""What a training run is made of: a recipe (what to train) and a machine (where).

Both are small YAML files read into frozen records that refuse unknown keys, so a misspelt option
stops the run instead of being ignored. A recipe holds the global batch, because results depend on
it; how it is cut into micro-batches is computed from the machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from pydantic import Field, ValidationError

from workbench.config import printable, read_yaml
from workbench.errors import SettingsError
from workbench.schema import Record

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class Lora(Record):
    r: int = Field(8, ge=1)
    alpha: int = Field(64, ge=1)
    dropout: float = Field(0.0, ge=0.0, lt=1.0)
    targets: tuple[str, ...] = PROJECTIONS


class Dpo(Record):
    """What makes a recipe one for preferences (train.dpo) instead of answers (train.sft)."""

    beta: float = Field(gt=0)
    # The reference never changes, so its log-probabilities can be computed once for all epochs.
    precompute_reference: bool = True


class Recipe(Record):
    """What to train. `base` and `data` may be overridden on the command line.

    `continues` names the recipe whose adapter this one starts from; None means a fresh adapter.
    """

    name: str
    base: str
    base_revision: str | None = None
    data: tuple[str, ...] = ()
    continues: str | None = None
    dpo: Dpo | None = None
    lora: Lora = Lora()
    learning_rate: float = Field(gt=0)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup_ratio: float = Field(0.0, ge=0.0, lt=1.0)
    weight_decay: float = Field(0.0, ge=0.0)
    epochs: float = Field(1.0, gt=0)
    global_batch: int = Field(ge=1)
    max_length: int = Field(ge=16)
    seed: int = 0


class Batches(NamedTuple):
    """How one optimiser step is cut: processes × micro_batch × accumulation = global batch."""

    processes: int
    micro_batch: int
    accumulation: int

    def __str__(self) -> str:
        total = self.processes * self.micro_batch * self.accumulation
        return (
            f"global batch {total} = {self.processes} processes × micro-batch {self.micro_batch} "
            f"× accumulation {self.accumulation}"
        )


class Machine(Record):
    """Where to train. `processes` counts GPUs over all nodes; on a CPU it is 1."""

    name: str
    device: Literal["cuda", "cpu"] = "cuda"
    processes: int = Field(1, ge=1)
    micro_batch: int = Field(ge=1)  # at most so many rows at once on one device
    precision: Literal["bfloat16", "float32"] = "bfloat16"
    attention: Literal["flash_attention_2", "sdpa", "eager"] = "sdpa"
    gradient_checkpointing: bool = True
    sharding: Literal["none", "zero3"] = "none"

    def batches(self, global_batch: int) -> Batches:
        """The largest micro-batch that fits and divides a process's share of the global batch.

        Raises SettingsError where the processes cannot share it evenly.

        >>> print(Machine(name="m", processes=2, micro_batch=24).batches(128))
        global batch 128 = 2 processes × micro-batch 16 × accumulation 4
        """
        share, left = divmod(global_batch, self.processes)
        if left:
            raise SettingsError(
                f"global batch {global_batch} is no multiple of the {self.processes} processes of "
                f"machine '{self.name}'; change one of them"
            )
        micro = max(n for n in range(1, min(share, self.micro_batch) + 1) if share % n == 0)
        return Batches(self.processes, micro, share // micro)


_Settings = TypeVar("_Settings", bound=Record)


def read_settings(path: Path, kind: type[_Settings]) -> _Settings:
    """A recipe or machine file. Raises SettingsError naming every fault."""
    if not path.is_file():
        there = ", ".join(sorted(str(p) for p in path.parent.glob("*.yaml"))) or "none"
        raise SettingsError(f"there is no file '{path}'; files beside it: {there}")
    fields = read_yaml(path)
    if not isinstance(fields, dict):
        raise SettingsError(f"'{path}' holds no settings; expected lines such as 'seed: 0'")
    try:
        return kind.model_validate({"name": path.stem, **fields})
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise SettingsError(printable(f"'{path}': " + "; ".join(faults))) from error
