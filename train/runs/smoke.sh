#!/usr/bin/env bash
# train/runs/full.sh on the demo base: the same lines, three steps a stage, on a CPU. It shows that
# the stages fit together; three steps teach nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PYTHON=${PYTHON:-python}
export WORK=${WORK:-build/smoke}

"$PYTHON" -m train.smoke_data --out "$WORK/published"
export BASE=workbench/demo/base
export MACHINE=train/machines/cpu.yaml
export LAUNCH="$PYTHON -m"
export TRAIN="--max-steps 3"
export DATA="--mcqa $WORK/published/mcqa.jsonl --qa $WORK/published/qa.jsonl --against krx-mcqa"
export EVALUATE="--questions krx-mcqa --limit 4 --method loglik --prompt native --device cpu"
exec train/runs/full.sh
