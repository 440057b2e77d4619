"""A pair on a vLLM server of its own: started here, asked like any other server, stopped with us."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from workbench import config
from workbench.engines.identity import hf_info
from workbench.engines.openai_client import ServerClient
from workbench.engines.openai_compatible import OpenAiEngine, read_tokenizer
from workbench.engines.openai_offer import find_offer, list_models
from workbench.engines.server_options import ServerOptions
from workbench.engines.vllm_command import (
    NAMES,
    check_adapter_fits,
    find_executable,
    free_memory_gb,
    gpu_memory,
    plan_server,
    read_adapter,
    read_config,
)
from workbench.engines.vllm_server import Report, VllmServer, free_port
from workbench.errors import InputError
from workbench.schema import ModelSpec


def open_vllm(
    spec: ModelSpec, options: ServerOptions, *, dtype: str | None = None, report: Report
) -> OpenAiEngine:
    """Start `vllm serve` for the pair and return once it answers; `report` hears what it waits for.

    Raises InputError for a pair that one server cannot hold or an adapter of another base,
    MissingPackageError without vLLM, EngineError, with the end of its log, where it does not start.
    """
    if spec.tuned:
        raise InputError(
            f"'{spec.name}' is two full models, and a vLLM server holds one base with an adapter; "
            "serve each by a vLLM of its own behind one address and use --engine openai, or use "
            "--engine hf"
        )
    executable = find_executable(options.vllm)
    base = read_config(spec.base, spec.base_revision)
    adapter = None
    if spec.adapter:
        adapter = read_adapter(spec.adapter, spec.tuned_revision)
        check_adapter_fits(adapter, spec.base, base)
    tokenizer = read_tokenizer(spec)
    port = free_port()
    plan = plan_server(
        spec,
        options,
        executable=executable,
        port=port,
        dtype=dtype,
        config=base,
        adapter=adapter,
        gpus=gpu_memory(),
        free_gb=free_memory_gb(),
    )
    report(f"starting vLLM for {spec.name}: {'; '.join(plan.notes)}")
    key = secrets.token_urlsafe()  # other users of this machine can reach the port, too
    server = VllmServer(
        plan.command,
        port,
        log_path=_log_path(port),
        # What the user has set in the environment wins over what is derived.
        environment={**plan.environment, **os.environ, "VLLM_API_KEY": key},
        report=report,
    )
    client: ServerClient | None = None
    try:
        server.start()
        client = ServerClient(f"http://127.0.0.1:{port}/v1", key=key, upkeep=server)
        models = list_models(client)
        names = {variant: NAMES[variant] for variant in spec.variants}
        offer = find_offer(client, models, names)
    except BaseException:
        if client is not None:
            client.close()
        server.stop()
        raise
    info = hf_info(
        spec,
        device=plan.device,
        dtype=plan.dtype,
        context_length=offer.context_length or int(base["max_position_embeddings"]),
        in_turn=False,
    ).model_copy(update={"engine": "vllm", "version": offer.version or "unknown"})
    return OpenAiEngine(client, names, offer, info, tokenizer, on_close=server.stop)


def _log_path(port: int) -> Path:
    return config.home() / "logs" / f"vllm-{port}.log"
