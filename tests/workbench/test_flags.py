"""The flags that say what answers, and which of them belong together."""

from __future__ import annotations

import argparse

import pytest

from workbench.engines.server_options import ServerOptions
from workbench.errors import InputError
from workbench.flags import add_model_flags, chosen_engine, chosen_model

URL = "http://127.0.0.1:8000/v1"


def parsed(*flags: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_model_flags(parser)
    return parser.parse_args(flags)


def test_the_demo_pair_in_process_is_what_answers_unless_told_otherwise() -> None:
    args = parsed()
    assert chosen_model(args).name == "demo"
    assert chosen_engine(args)["engine"] == "hf"


def test_a_server_is_asked_for_the_names_that_are_given() -> None:
    args = parsed(
        *("--engine", "openai", "--base-url", URL, "--vanilla-name", "qwen", "--tuned-name", "krx")
    )
    spec = chosen_model(args)
    assert (spec.name, spec.base, spec.tuned, spec.demo) == ("qwen", "qwen", "krx", False)
    assert chosen_engine(args)["server"] == ServerOptions(
        base_url=URL, vanilla_name="qwen", tuned_name="krx", template_here=False
    )


def test_a_model_that_is_named_lends_a_server_its_template() -> None:
    args = parsed("--engine", "openai", "--base-url", URL, "--model", "demo")
    assert chosen_model(args).demo
    assert chosen_engine(args)["server"].template_here


def test_without_a_tuned_name_there_is_no_tuned_side() -> None:
    assert chosen_model(parsed("--engine", "openai", "--base-url", URL)).variants == ("vanilla",)


def test_flags_for_vllm_are_passed_through_as_words() -> None:
    args = parsed("--engine", "vllm", "--vllm-args=--quantization awq --x 'a b'")
    assert chosen_engine(args)["server"].vllm_args == ("--quantization", "awq", "--x", "a b")


STRANGERS = [
    (["--base-url", URL], "--base-url means nothing to --engine hf; it is for openai"),
    (["--engine", "vllm", "--tuned-name", "x"], "--tuned-name means nothing to --engine vllm"),
    (["--engine", "openai", "--dtype", "float32"], "it is for hf and vllm"),
    (["--engine", "vllm", "--device", "cuda"], "--device means nothing to --engine vllm"),
    (["--engine", "vllm", "--vllm-args='"], "--vllm-args ''' cannot be read"),
    (["--engine", "vllm", "--context-length", "0"], "--context-length 0"),
]


@pytest.mark.parametrize(("flags", "words"), STRANGERS)
def test_a_flag_that_means_nothing_is_refused(flags: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        chosen_engine(parsed(*flags))


def test_weights_cannot_be_named_for_a_model_that_only_the_server_knows() -> None:
    with pytest.raises(InputError, match=r"--adapter says which weights.*--tuned-name"):
        chosen_model(parsed("--engine", "openai", "--adapter", "x"))
