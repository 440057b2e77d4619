"""What a run was made with and from, flat and in words: for tables, reports and CSV files."""

from __future__ import annotations

from workbench.schema import Run, Sampling


def provenance(run: Run) -> dict[str, str]:
    """Value by field, everything that the run's spec records; '' where there is nothing to say.

    The same fields for every run, so that two of them make a table.
    """
    spec, engine = run.spec, run.spec.engine
    return {
        "model": engine.model,
        "variant": spec.variant,
        "demo": "yes" if engine.demo else "no",
        "base": engine.base,
        "base_revision": engine.base_revision,
        "base_hash": engine.base_hash,
        "tuned": engine.tuned,
        "tuned_hash": engine.tuned_hash,
        "loading": engine.loading,
        "engine": engine.engine,
        "engine_version": engine.version,
        "device": engine.device,
        "dtype": engine.dtype,
        "context_length": str(engine.context_length),
        "method": spec.method,
        "sampling": _sampling(spec.sampling),
        "extraction_version": str(spec.extraction_version or ""),
        "prompt_style": spec.prompt_style,
        "prompt_format": spec.prompt_format,
        "prompt_hash": spec.prompt_hash,
        "shots": str(spec.shots or ""),
        "examples_hash": spec.examples_hash,
        "batch_size": str(spec.batch_size),
        "repeat": str(spec.repeat),
        "question_set": spec.question_set,
        "question_set_hash": spec.question_set_hash,
        "n_questions": str(spec.n_questions),
        "packages": ", ".join(f"{name} {spec.packages[name]}" for name in sorted(spec.packages)),
        "run": run.id,
        "started": f"{run.created:%Y-%m-%d %H:%M} UTC",
        "finished": f"{run.finished:%Y-%m-%d %H:%M} UTC" if run.finished else "",
    }


def _sampling(sampling: Sampling | None) -> str:
    """'temperature=0.0, top_p=1.0, max_tokens=256, seed=0'."""
    if sampling is None:
        return ""
    return ", ".join(f"{name}={value}" for name, value in sampling)
