"""Where a model server is and how it is asked: what the flags of `--engine vllm|openai` say."""

from __future__ import annotations

from pydantic import Field

from workbench.schema import Record

KEY_ENV = "OPENAI_API_KEY"


class ServerOptions(Record):
    """`vanilla_name` and `tuned_name` are the names under which the server offers the two sides.

    With `template_here` the prompts are rendered by the tokenizer of the pair's base model, read
    on this machine; without it the server applies its own chat template.
    """

    base_url: str = ""
    vanilla_name: str = ""
    tuned_name: str = ""
    key_env: str = KEY_ENV
    context_length: int | None = Field(None, ge=1)  # tokens; None: what the server or model says
    template_here: bool = True
    vllm: str = ""  # the executable; '' is the one beside this Python, else on the PATH
    vllm_args: tuple[str, ...] = ()  # passed through to `vllm serve`
