"""Measure the demo pair and write its card, with nothing in it that was not measured.

    python -m train.demo.card --out workbench/demo

Multiple choice goes through `workbench.evaluate` and the store, as `python -m workbench eval` does.
Two controls say whether a score comes from where it should: *options alone* blanks the question,
*shuffled* gives each question's options another question's text; both must be at chance.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from train.demo.glossary import Term, load_glossary, split_glossary
from train.demo.questions import TEST_QA, open_question
from workbench.compare import compare_answers
from workbench.config import load_presets
from workbench.engines import open_engine
from workbench.engines.base import Engine
from workbench.evaluate import Procedure, RunSummary, evaluate
from workbench.prompts import qa_prompt
from workbench.questions import load_questions
from workbench.schema import Method, PromptStyle, Question, QuestionSet, Sampling
from workbench.store import Store

SEED = 20261122
STYLES: tuple[PromptStyle, ...] = ("native", "chat")
METHODS: tuple[Method, ...] = ("generate", "loglik")


# ── open questions ───────────────────────────────────────────────────────────────────────────


def measure_open_answers(
    engine: Engine, terms: Sequence[Term], style: PromptStyle, max_tokens: int = 160
) -> dict[str, float]:
    """Greedy answers of the tuned variant to each term, asked in the three unseen ways."""
    asked = [(term, open_question(term, pattern)) for term in terms for pattern in TEST_QA]
    prompts = [qa_prompt(question, style) for _, question in asked]
    sampling = Sampling(max_tokens=max_tokens)
    answers = [
        answer
        for start in range(0, len(prompts), 50)
        for answer in engine.generate(prompts[start : start + 50], sampling, "tuned")
    ]
    n = len(answers)
    hits = sum(term.key_phrase in a.text for (term, _), a in zip(asked, answers, strict=True))
    return {
        "n": n,
        "key_phrase": hits / n,
        "ended": sum(a.finish_reason == "stop" for a in answers) / n,
        "repeats_8_gram": sum(repeats_ngram(a.text, 8) for a in answers) / n,
    }


def repeats_ngram(text: str, n: int) -> bool:
    """Whether some run of n words stands twice; the usual sign of a model caught in a loop.

    >>> repeats_ngram("가 나 가 나", 2), repeats_ngram("가 나 다", 2)
    (True, False)
    """
    words = text.split()
    grams = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
    return len(set(grams)) < len(grams)


# ── multiple choice ──────────────────────────────────────────────────────────────────────────


def options_alone(question_set: QuestionSet) -> QuestionSet:
    """The set with every question's text replaced by the same empty phrase."""
    return _with_texts(
        question_set, "options-alone", ["다음 중 알맞은 것은?"] * len(question_set.questions)
    )


def shuffled(question_set: QuestionSet, seed: int = SEED) -> QuestionSet:
    """The set with texts moved to other questions: a cyclic shift of a random order."""
    order = Random(seed).sample(range(len(question_set.questions)), len(question_set.questions))
    texts = [""] * len(order)
    for here, there in zip(order, order[1:] + order[:1], strict=True):
        texts[here] = question_set.questions[there].question
    return _with_texts(question_set, "shuffled", texts)


def _with_texts(question_set: QuestionSet, suffix: str, texts: list[str]) -> QuestionSet:
    questions: list[Question] = [
        question.model_copy(update={"question": text})
        for question, text in zip(question_set.questions, texts, strict=True)
    ]
    name = f"{question_set.name}-{suffix}"
    return question_set.model_copy(update={"name": name, "questions": tuple(questions)})


def measure_sets(engine: Engine, store: Store) -> list[dict[str, Any]]:
    """Both variants on both sets by every method and style, and the controls by the letters."""
    heldout, unseen = load_questions("demo-heldout"), load_questions("demo-unseen")
    rows = [
        compare_on(engine, store, question_set, method, style)
        for question_set in (heldout, unseen)
        for style in STYLES
        for method in METHODS
    ]
    controls = [options_alone(heldout), shuffled(heldout)]
    return rows + [compare_on(engine, store, control, "loglik", "native") for control in controls]


def compare_on(
    engine: Engine, store: Store, question_set: QuestionSet, method: Method, style: PromptStyle
) -> dict[str, Any]:
    """One line of the card's table."""
    vanilla, tuned = (
        evaluate(engine, variant, question_set, Procedure(method=method, style=style), store=store)
        for variant in ("vanilla", "tuned")
    )
    paired = compare_answers(store.answers(vanilla.run.id), store.answers(tuned.run.id))
    print(f"{question_set.name} {style} {method}: {vanilla.accuracy:.3f} -> {tuned.accuracy:.3f}")
    return {
        "questions": question_set.name,
        "style": style,
        "method": method,
        "n": tuned.n,
        "chance": tuned.chance,
        "vanilla": _side(vanilla),
        "tuned": _side(tuned),
        "difference": paired.difference,
        "mcnemar_p": paired.mcnemar_p,
        "sign_flip_p": paired.sign_flip_p,
        "clusters": paired.clusters,
    }


def _side(summary: RunSummary) -> dict[str, Any]:
    assert summary.interval is not None, "a bundled set is never empty"
    return {
        "accuracy": summary.accuracy,
        "low": summary.interval.low,
        "high": summary.interval.high,
        "unparsed": sum(summary.unparsed.values()),
        "failed": summary.failed,
    }


# ── the card ─────────────────────────────────────────────────────────────────────────────────


def _origin(base: dict[str, Any]) -> list[str]:
    """How the pair was made; one made in pieces is not what the code beside it makes in one go."""
    made = "Made by the code in `train/demo` (`make demo-model`) from text that this project wrote;"
    if base.get("made_in_pieces"):
        made = (
            "Made in pieces, by an earlier state of the code in `train/demo` than the one beside it,\n"
            "from text that this project wrote;"
        )
    return [
        f"{made} `train/LOG.md` tells how it came about. Nothing in it comes from Qwen's weights:",
        "only the architecture, the names of the special tokens and the adapter's shape are the same.",
    ]


def render_card(results: dict[str, Any]) -> str:
    base, adapter = results["base"], results["adapter"]
    lora = adapter["recipe"]["lora"]
    lines = [
        "# The demo pair",
        "",
        "**This is not FinShibainu and not a financial model.** It is a miniature that runs the whole",
        "workbench on a laptop without a network, through the code that the 7B takes. It knows the",
        "sentences it was taught and nothing else; do not ask it for facts.",
        "",
        *_origin(base),
        "",
        "| | base (vanilla) | adapter (tuned = base + adapter) |",
        "|---|---|---|",
        f"| what | Qwen2 architecture, {base['parameters']:,} parameters, own byte-level BPE | "
        f"LoRA r={lora['r']}, alpha={lora['alpha']}, {results['adapter_parameters']:,} parameters |",
        f"| read | first wording of {base['terms']} terms as prose; non-financial exercises | "
        f"{adapter['records']:,} questions about {results['taught_terms']} terms, first and second wording |",
        f"| steps | {base['steps']} of {base['rows']} exercises and {base['rows'] // 4} rows of prose, after binding | "
        f"{adapter['steps']} of {adapter['recipe']['global_batch']} rows |",
        f"| learning rate | {base['learning_rate']} | {adapter['recipe']['learning_rate']} |",
        f"| seed | {base['seed']} | {adapter['recipe']['seed']} |",
        f"| minutes on two CPU cores | {base['minutes']} | {adapter['minutes']} |",
        f"| bytes | {results['base_bytes']:,} | {results['adapter_bytes']:,} |",
        "",
        "## Multiple choice",
        "",
        "`demo-heldout` asks the taught terms in a third wording that no model has read; `demo-unseen`",
        f"asks the {results['unseen_terms']} terms that no question was ever asked about, where no gain is",
        "expected. Accuracy with 95 % Wilson interval; p by a sign-flip test over terms, exact McNemar",
        "beside it. *options-alone* blanks the question and *shuffled* swaps question texts: both should",
        "be at chance.",
        "",
        "| questions | prompt | method | n (terms) | chance | vanilla | tuned | difference | p sign-flip | p McNemar |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(_table_line(row) for row in results["sets"]),
        "",
        _verdict(results["sets"][0]),
        "",
        "Unparsed answers count as wrong and are in n: "
        + "; ".join(_unparsed_note(row) for row in results["sets"] if row["method"] == "generate")
        + ".",
        "",
        "## Open questions",
        "",
        "Greedy answers of the tuned variant to 50 taught terms, each asked in three ways that stand in no",
        "training text.",
        "",
        "| prompt | n | holds the key phrase | ends by itself | repeats an 8-gram |",
        "|---|---|---|---|---|",
        *(
            f"| {style} | {row['n']} | {row['key_phrase']:.1%} | {row['ended']:.1%} | {row['repeats_8_gram']:.1%} |"
            for style, row in results["open"].items()
        ),
        "",
        f"Measured with {results['versions']} in {results['dtype']}; the weights are stored in bfloat16.",
        "Repeat with `python -m train.demo.card --out build/card`, or one line of it with",
        "`python -m workbench eval --questions demo-heldout`.",
        "",
        "Text, questions and weights: CC BY 4.0 (the code is Apache-2.0).",
    ]
    return "\n".join(lines) + "\n"


def _verdict(row: dict[str, Any]) -> str:
    """One sentence on the primary result: `demo-heldout`, native, by generation."""
    difference = f"{100 * row['difference']:+.1f} points (p = {row['sign_flip_p']:.2g})"
    if row["sign_flip_p"] < 0.001 and row["difference"] > 0:
        return f"**The tuned variant beats the vanilla one on the taught terms: {difference}.**"
    return (
        "**This pair does not yet show a gain in multiple choice on the taught terms: "
        f"{difference}.** It is one to see the workbench with, not one to see tuning help with."
    )


def _table_line(row: dict[str, Any]) -> str:
    sides = " | ".join(
        f"{side['accuracy']:.1%} ({side['low']:.1%}–{side['high']:.1%})"
        for side in (row["vanilla"], row["tuned"])
    )
    return (
        f"| {row['questions']} | {row['style']} | {row['method']} | {row['n']} ({row['clusters']}) "
        f"| {row['chance']:.1%} | {sides} | {100 * row['difference']:+.1f} points "
        f"| {row['sign_flip_p']:.2g} | {row['mcnemar_p']:.2g} |"
    )


def _unparsed_note(row: dict[str, Any]) -> str:
    return (
        f"{row['questions']} {row['style']} {row['vanilla']['unparsed']} vanilla, "
        f"{row['tuned']['unparsed']} tuned"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for CARD.md and results.json"
    )
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    spec = load_presets()["demo"]
    base, adapter = Path(spec.base), Path(spec.adapter or "")
    split = split_glossary(load_glossary())
    engine = open_engine(spec, device="cpu")
    asked = Random(SEED).sample(split.taught, 50)
    with TemporaryDirectory() as folder, Store(Path(folder) / "measured.sqlite") as store:
        sets = measure_sets(engine, store)
    results = {
        "base": json.loads((base / "training.json").read_text("utf-8")),
        "adapter": json.loads((adapter / "training.json").read_text("utf-8")),
        "adapter_parameters": _adapter_parameters(adapter),
        "base_bytes": (base / "model.safetensors").stat().st_size,
        "adapter_bytes": (adapter / "adapter_model.safetensors").stat().st_size,
        "taught_terms": len(split.taught),
        "unseen_terms": len(split.unseen),
        "sets": sets,
        "open": {style: measure_open_answers(engine, asked, style) for style in STYLES},
        "versions": f"transformers {engine.info.version}, Python {platform.python_version()}",
        "dtype": engine.info.dtype,
    }
    (args.out / "results.json").write_text(
        json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    (args.out / "CARD.md").write_text(render_card(results), "utf-8")


def _adapter_parameters(adapter: Path) -> int:
    from safetensors import safe_open

    with safe_open(str(adapter / "adapter_model.safetensors"), "pt") as file:
        return sum(file.get_tensor(name).numel() for name in file.keys())  # noqa: SIM118 (not a dict)


if __name__ == "__main__":
    main()
