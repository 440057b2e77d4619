"""A few rows with the columns of the published set, from the demo's glossary, for the smoke run.

python -m train.smoke_data --out build/smoke/published
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random
from typing import Any

from train.demo.glossary import Term, load_glossary, split_glossary
from train.demo.questions import definition_answer, definition_question, open_question

ROWS = 24
SEED = 20261123


def published_mcqa(terms: list[Term], pool: list[Term], seed: int) -> list[dict[str, Any]]:
    """Rows of the config `mcqa`, every other one hard; wrong options are terms of `pool`."""
    random = Random(seed)
    rows = []
    for n, term in enumerate(terms):
        question = definition_question(
            term, term.definitions[0], pool, "다음은 무엇의 뜻인가? {}", random, n_options=5
        )
        rows.append(
            {
                "reference": term.definitions[0],
                "question": question.question,
                "options": list(question.lettered_options),
                "reasoning_process": f"{question.reasoning} 따라서 정답은 {question.answer} 입니다.",
                "n_options": len(question.options),
                "answer": question.answer,
                "step": 1 + n % 2,
                "value": 4,
                "type": "mcqa",
            }
        )
    return rows


def published_qa(terms: list[Term]) -> list[dict[str, Any]]:
    """Rows of the config `qa`; the answer that is not preferred is that of another term."""
    return [
        {
            "reference": term.definitions[0],
            "question": open_question(term, "{이란} 무엇인가?"),
            "answer_A": definition_answer(term),
            "answer_B": definition_answer(other),
            "preference": "A",
            "preference_desc": "",
            "value": 4,
            "type": "qa",
        }
        for term, other in zip(terms, [*terms[1:], terms[0]], strict=True)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for mcqa and qa (JSONL)")
    args = parser.parse_args()
    taught = split_glossary(load_glossary()).taught
    terms = taught[:: len(taught) // ROWS][:ROWS]
    args.out.mkdir(parents=True, exist_ok=True)
    for name, rows in (("mcqa", published_mcqa(terms, taught, SEED)), ("qa", published_qa(terms))):
        lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
        (args.out / f"{name}.jsonl").write_text(lines, "utf-8")


if __name__ == "__main__":
    main()
