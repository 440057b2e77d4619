"""How long 100,000 training rows take against 1,000 questions.

    python -m workbench.bench.contamination [ROWS [QUESTIONS]]

Rows and questions are drawn from one vocabulary of made-up words of which a few are frequent, as in
a corpus of one field; every thousandth row holds a question. Measured on 2026-11-23: 100,000 rows of
183 MB against 1,000 questions took 9.7 CPU seconds on one core, 50 seconds by the clock on two cores
on which eight other programs ran.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from workbench.contamination import find_contamination
from workbench.schema import Question, QuestionSet

SYLLABLES = (
    "가금기국고공과관권경계구단대동매만무물부비배분사상선세수시식실신액약연"
    "예외용원위유율이익인일입자장재적전정제조주중증지채출투판평표품할합해행환회"
)


def sentence(random: Random, words: list[str], length: int) -> str:
    # Frequent words are much more frequent, as in any language.
    return " ".join(words[int(len(words) * random.random() ** 3)] for _ in range(length)) + "."


def main(rows: int = 100_000, questions: int = 1_000) -> None:
    random = Random(0)
    words = ["".join(random.choices(SYLLABLES, k=random.randint(2, 4))) for _ in range(20_000)]
    asked = [
        Question(
            id=str(n),
            question=sentence(random, words, 30),
            options=tuple(sentence(random, words, 6) for _ in range(5)),
            answer="A",
        )
        for n in range(questions)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for n in range(rows):
                text = sentence(random, words, 180)
                if n % 1000 == 0:
                    text += asked[n // 1000 % questions].question
                file.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
        size = path.stat().st_size / 1e6
        wall, cpu = time.perf_counter(), time.process_time()
        report = find_contamination([path], QuestionSet(name="made-up", questions=tuple(asked)))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{report.rows} rows ({size:.0f} MB), {questions} questions: {report.counts}")
    print(f"{cpu:.1f} CPU seconds on one core, {wall:.1f} seconds by the clock")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
