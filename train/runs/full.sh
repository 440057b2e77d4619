#!/usr/bin/env bash
# The whole story on two GPUs: published data, SFT 1 (easy), SFT 2 (easy and hard), DPO, merge,
# evaluation. Every training run begins with its pre-flight check. Start with the commit of the data
# set that is to be used:
#
#     REVISION=COMMIT train/runs/full.sh
#
# A stage that finished is marked last and not done again; one that broke off starts anew.
#
# WORK     where everything goes                           MACHINE  a file of train/machines
# BASE     folder or Hub id of the base                    LAUNCH   what starts a training module
# DATA     flags of train.published_data, without --out    TRAIN    further flags of every training
# EVALUATE flags of the evaluation, without the models
#
# Not yet run on the 7B. train/runs/smoke.sh runs these same lines on the demo base.
set -euo pipefail
cd "$(dirname "$0")/../.."
PYTHON=${PYTHON:-python}
WORK=${WORK:-build/krx}
BASE=${BASE:-Qwen/Qwen2.5-7B-Instruct}
MACHINE=${MACHINE:-train/machines/ddp_2xa100.yaml}
read -ra LAUNCH <<<"${LAUNCH:-torchrun --standalone --nproc-per-node 2 -m}"
read -ra TRAIN <<<"${TRAIN:-}"
read -ra EVALUATE <<<"${EVALUATE:---questions krx-mcqa --prompt native}"
if [ -z "${DATA:-}" ]; then
    DATA="--revision ${REVISION:?give the commit of the data set, such as REVISION=1a2b3c}"
fi
read -ra DATA <<<"$DATA"

stage() { # stage NAME COMMAND...
    local name=$1
    shift
    if [ -e "$WORK/$name.done" ]; then
        echo "== $name: finished before"
        return
    fi
    echo "== $name"
    rm -rf "${WORK:?}/$name" # what a broken run may have left
    "$@"
    touch "$WORK/$name.done"
}

training() { # training MODULE RECIPE OUT FLAGS...
    "${LAUNCH[@]}" "train.$1" --recipe "train/recipes/$2.yaml" --machine "$MACHINE" \
        --base "$BASE" --out "$WORK/$3" "${@:4}" "${TRAIN[@]}"
}

mkdir -p "$WORK"
stage data "$PYTHON" -m train.published_data "${DATA[@]}" --out "$WORK/data"
stage sft_1 training sft krx_sft_1 sft_1 --data "$WORK/data/sft_1.jsonl"
stage sft_2 training sft krx_sft_2 sft_2 --data "$WORK/data/sft_2.jsonl" --start "$WORK/sft_1"
stage dpo training dpo krx_dpo dpo --data "$WORK/data/preferences.jsonl" --start "$WORK/sft_2"
stage merge "$PYTHON" -m train.merge --base "$BASE" --adapter "$WORK/dpo" --out "$WORK/merge"
stage evaluate "$PYTHON" -m workbench eval --model "$BASE" --tuned "$WORK/merge" --in-turn \
    --store "$WORK/results.sqlite" "${EVALUATE[@]}"
echo "== all stages finished: $WORK"
