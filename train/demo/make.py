"""Write what the demo pair is trained and tested on: training records and the two test sets.

python -m train.demo.make --records build/demo/records.jsonl --questions workbench/data
"""

from __future__ import annotations

import argparse
from pathlib import Path

from train.demo.glossary import load_glossary, split_glossary
from train.demo.questions import heldout_questions, training_records, unseen_questions
from train.formatting import write_records
from workbench.questions import dump_questions

SEED = 20261122


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--records", type=Path, required=True, help="training records (JSONL)")
    parser.add_argument("--questions", type=Path, required=True, help="folder for the test sets")
    parser.add_argument("--passes", type=int, default=10, help="passes over the taught terms")
    args = parser.parse_args()

    split = split_glossary(load_glossary())
    args.records.parent.mkdir(parents=True, exist_ok=True)
    records = training_records(split, args.passes, SEED)
    write_records(records, args.records)
    heldout = heldout_questions(split, SEED + 1)
    unseen = unseen_questions(split, SEED + 2)
    dump_questions(heldout, args.questions / "demo_heldout.jsonl")
    dump_questions(unseen, args.questions / "demo_unseen.jsonl")
    print(
        f"{len(split.taught)} taught and {len(split.unseen)} unseen terms; {len(records)} records, "
        f"{len(heldout)} held-out and {len(unseen)} unseen questions"
    )


if __name__ == "__main__":
    main()
