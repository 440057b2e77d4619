"""What a training run is made of: a recipe (what to train) and a machine (where).

Both are small YAML files read into frozen records that refuse unknown keys, so a misspelt option
stops the run instead of being ignored.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar

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


class Recipe(Record):
    """What to train. `base` and `data` may be overridden on the command line."""

    name: str
    base: str
    base_revision: str | None = None
    data: tuple[str, ...] = ()
    lora: Lora = Lora()
    learning_rate: float = Field(gt=0)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup_ratio: float = Field(0.0, ge=0.0, lt=1.0)
    weight_decay: float = Field(0.0, ge=0.0)
    epochs: float = Field(1.0, gt=0)
    global_batch: int = Field(ge=1)
    max_length: int = Field(ge=16)
    seed: int = 0


class Machine(Record):
    """Where to train. The global batch is kept by accumulating over micro-batches."""

    name: str
    device: Literal["cuda", "cpu"] = "cuda"
    processes: int = Field(1, ge=1)
    micro_batch: int = Field(ge=1)
    precision: Literal["bfloat16", "float32"] = "bfloat16"
    attention: Literal["flash_attention_2", "sdpa", "eager"] = "sdpa"
    gradient_checkpointing: bool = True

    def accumulation(self, global_batch: int) -> int:
        """Micro-batches per optimiser step. Raises SettingsError where they do not divide."""
        together = self.processes * self.micro_batch
        if global_batch % together:
            raise SettingsError(
                f"global batch {global_batch} is no multiple of {self.processes} processes × "
                f"micro batch {self.micro_batch} = {together}; change micro_batch in the machine file"
            )
        return global_batch // together


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
