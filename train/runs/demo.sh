#!/usr/bin/env bash
# Rebuild the bundled demo pair, its test sets and its card: `make demo-model`.
# Not yet run in one go: on two cores the parts of the bundled pair took 36 minutes (base),
# 5 (adapter) and 4 (card).
set -euo pipefail
cd "$(dirname "$0")/../.."
PYTHON=${PYTHON:-python}
WORK=${WORK:-build/demo}

"$PYTHON" -m train.demo.base --out workbench/demo/base
"$PYTHON" -m train.demo.make --records "$WORK/records.jsonl" --questions workbench/data
"$PYTHON" -m train.sft --recipe train/recipes/demo.yaml --machine train/machines/cpu.yaml \
    --data "$WORK/records.jsonl" --out workbench/demo/adapter
"$PYTHON" -m train.demo.card --out workbench/demo
