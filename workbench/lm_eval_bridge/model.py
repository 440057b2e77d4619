"""Our engine as a model of lm_eval, for any of its tasks.

Texts become tokens by lm_eval's own rules (its `TemplateLM`), and whatever has to be computed is
left to the engine: all options of a question are scored in one pass behind their shared prefix,
and both variants share one copy of the weights.

Importing this module registers the model under the name `workbench`:

    import lm_eval, workbench.lm_eval_bridge.model
    lm_eval.simple_evaluate("workbench", model_args="model=demo,variant=tuned", tasks=[...])
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from lm_eval.api.instance import Instance
from lm_eval.api.model import TemplateLM
from lm_eval.api.registry import register_model
from lm_eval.models.utils import (
    handle_stop_sequences,
    has_bos_prefix,
    normalize_gen_kwargs,
    postprocess_generated_text,
)
from lm_eval.utils import (
    get_rolling_token_windows,
    make_disjoint_window,
    simple_parse_args_string,
)
from pydantic import ValidationError
from tqdm import tqdm

from workbench.config import resolve_model
from workbench.engines.hf import CONTEXTS_AT_ONCE, HfEngine
from workbench.engines.prefix_scoring import ScoringRequest
from workbench.engines.token_pairs import encode_pairs
from workbench.errors import InputError, SettingsError
from workbench.evaluate import BATCH_SIZE
from workbench.schema import Sampling, Variant

log = logging.getLogger(__name__)

MODEL_NAME = "workbench"
ANSWER_TOKENS = 256  # where a task sets no limit; lm_eval's own value

_CUT = "a context of %d tokens is cut by %d from the left, as lm_eval does where one does not fit"
_LOADING_ARGUMENTS = ("model", "variant", "adapter", "tuned", "device", "dtype", "batch_size")
# transformers' options that ask for what we do anyway, with the values that do.
_NEUTRAL_OPTIONS: dict[str, tuple[object, ...]] = {
    "num_beams": (1,),
    "repetition_penalty": (1, 1.0),
    "use_cache": (True,),
}
_SAMPLING_OPTIONS = ("top_k", "top_p", "min_p", "typical_p")  # mean nothing to greedy decoding


class _Decoding(NamedTuple):
    """One way to generate; requests that share it go in one batch."""

    sampling: Sampling
    stop: tuple[str, ...]


@register_model(MODEL_NAME)
class WorkbenchLM(TemplateLM):  # type: ignore[misc]
    """One variant of an engine; several of them may share the engine."""

    def __init__(self, engine: HfEngine, variant: Variant, batch_size: int = BATCH_SIZE) -> None:
        """`batch_size` counts prompts generated together; scoring packs its batches by tokens."""
        super().__init__()
        self.engine, self.variant, self.batch_size = engine, variant, batch_size
        self.tokenizer = engine.tokenizer

    @classmethod
    def create_from_arg_string(
        cls, arg_string: str, additional_config: dict[str, Any] | None = None
    ) -> WorkbenchLM:
        return cls.create_from_arg_obj(simple_parse_args_string(arg_string), additional_config)

    @classmethod
    def create_from_arg_obj(
        cls, arg_dict: dict[str, Any], additional_config: dict[str, Any] | None = None
    ) -> WorkbenchLM:
        """Load what `--model_args` name; raises SettingsError for a name that means nothing here."""
        given = {**arg_dict, **(additional_config or {})}
        given = {key: value for key, value in given.items() if value is not None}
        for key in given:
            if key not in _LOADING_ARGUMENTS:
                raise SettingsError(
                    f"model argument '{key}' is unknown; known: {', '.join(_LOADING_ARGUMENTS)}"
                )
        spec = resolve_model(given.get("model", "demo"), given.get("adapter"), given.get("tuned"))
        engine = HfEngine.load(spec, device=given.get("device"), dtype=given.get("dtype"))
        return cls(
            engine, given.get("variant", "vanilla"), int(given.get("batch_size", BATCH_SIZE))
        )

    # ── what lm_eval asks about a model ──────────────────────────────────────────────────────

    @property
    def eot_token_id(self) -> int:
        return int(self.tokenizer.eos_token_id)

    @property
    def prefix_token_id(self) -> int:
        """Stands before a text that has nothing before it."""
        first = self.tokenizer.bos_token_id
        return self.eot_token_id if first is None else int(first)

    @property
    def max_length(self) -> int:
        return self.engine.info.context_length

    @property
    def tokenizer_name(self) -> str:
        return str(self.tokenizer.name_or_path).replace("/", "__")

    def get_model_info(self) -> dict[str, Any]:
        """What results files note of the model, so that their samples can be imported as runs."""
        info = self.engine.info
        return {
            "model_dtype": info.dtype,
            "model_revision": info.base_revision,
            "variant": self.variant,
            "engine": info.model_dump(mode="json"),
        }

    def apply_chat_template(
        self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True
    ) -> str:
        """Without `add_generation_prompt` the last turn is the model's own and is left open."""
        if not self.tokenizer.chat_template:
            raise InputError(
                f"the tokenizer of '{self.engine.info.model}' has no chat template; "
                "leave --apply_chat_template out"
            )
        from jinja2.exceptions import TemplateError

        try:
            return self._framed(chat_history, add_generation_prompt)
        except TemplateError:
            log.warning("the chat template refuses these turns; trying without the system turn")
            turns = [turn for turn in chat_history if turn["role"] != "system"]
            return self._framed(turns, add_generation_prompt)

    def _framed(self, turns: list[dict[str, str]], add_generation_prompt: bool) -> str:
        framed: str = self.tokenizer.apply_chat_template(
            turns,
            tokenize=False,
            add_generation_prompt=add_generation_prompt,
            continue_final_message=not add_generation_prompt,
        )
        return framed

    def tok_encode(
        self, string: str, add_special_tokens: bool | None = None, **_: Any
    ) -> list[int]:
        """Tokens as lm_eval's `hf` counts them: with a first token where the tokenizer adds one."""
        if add_special_tokens is None and has_bos_prefix(
            string, self.tokenizer.decode(self.prefix_token_id)
        ):
            add_special_tokens = False
        options = {} if add_special_tokens is None else {"add_special_tokens": add_special_tokens}
        return list(self.tokenizer.encode(string, **options))

    # ── scoring ──────────────────────────────────────────────────────────────────────────────

    def loglikelihood(
        self, requests: Sequence[Instance], disable_tqdm: bool = False
    ) -> list[tuple[float, bool]]:
        """(log-likelihood, whether greedy) of each request; options of one context go together."""
        texts: list[tuple[str, str]] = [request.args for request in requests]
        options: dict[str, list[str]] = defaultdict(list)
        for context, continuation in dict.fromkeys(texts):
            options[context].append(continuation)
        scores: dict[tuple[str, str], tuple[float, bool]] = {}
        contexts = list(options)
        with tqdm(total=len(contexts), desc="scoring", disable=disable_tqdm) as progress:
            # Tokens take far more memory than texts and scores do, so there are never many of them.
            for start in range(0, len(contexts), CONTEXTS_AT_ONCE):
                part = contexts[start : start + CONTEXTS_AT_ONCE]
                asked = [(context, option) for context in part for option in options[context]]
                tokens = (
                    encode_pairs(self.tokenizer, context, options[context]) for context in part
                )
                found = self._loglikelihood_tokens(
                    [
                        (text, *pair)
                        for text, pair in zip(asked, chain.from_iterable(tokens), strict=True)
                    ]
                )
                scores.update(zip(asked, found, strict=True))
                progress.update(len(part))
        return [scores[text] for text in texts]

    def _loglikelihood_tokens(
        self,
        requests: Sequence[tuple[tuple[str, str] | None, Sequence[int], Sequence[int]]],
        **_: Any,
    ) -> list[tuple[float, bool]]:
        asked = [
            ScoringRequest(self._fitted(context, continuation), (tuple(continuation),))
            for _, context, continuation in requests
        ]
        scored = self.engine.score_tokens(asked, self.variant)
        return [(score.logprob, score.greedy) for (score,) in scored]

    def _fitted(self, context: Sequence[int], continuation: Sequence[int]) -> tuple[int, ...]:
        """The context, cut from the left where it does not fit with its continuation.

        The last token is scored, but never read, so one more than the context length fits.
        """
        excess = len(context) + len(continuation) - (self.max_length + 1)
        if excess <= 0:
            return tuple(context)
        log.warning(_CUT, len(context), excess)
        return tuple(context[excess:])

    def loglikelihood_rolling(
        self, requests: Sequence[Instance], disable_tqdm: bool = False
    ) -> list[float]:
        """Log-likelihood of whole texts, read in windows as long as the model's context."""
        return [
            sum(logprob for logprob, _ in self._loglikelihood_tokens(self._windows(text)))
            for (text,) in tqdm([request.args for request in requests], disable=disable_tqdm)
        ]

    def _windows(self, text: str) -> list[tuple[None, list[int], list[int]]]:
        """Each token of the text once, behind as much of what stands before it as fits."""
        rolling = get_rolling_token_windows(
            token_list=self.tok_encode(text),
            prefix_token=self.prefix_token_id,
            max_seq_len=self.max_length,
            context_len=1,
        )
        return [(None, *make_disjoint_window(window)) for window in rolling]

    # ── generation ───────────────────────────────────────────────────────────────────────────

    def generate_until(self, requests: Sequence[Instance], disable_tqdm: bool = False) -> list[str]:
        """Answers up to the first stop string, as lm_eval's `hf` cuts them.

        Requests that are equal are answered once, except that a task's `repeats` of a sampled
        answer are drawn with seeds 0, 1, ….
        """
        end = self.tokenizer.decode(self.eot_token_id)
        asked = list(_seeded((text, _decoding(options, end)) for text, options in _args(requests)))
        contexts: dict[_Decoding, list[str]] = defaultdict(list)
        for context, decoding in dict.fromkeys(asked):
            contexts[decoding].append(context)
        answers: dict[tuple[str, _Decoding], str] = {}
        with tqdm(total=len(set(asked)), desc="generating", disable=disable_tqdm) as progress:
            for decoding, those in contexts.items():
                for batch in _like_lengths(those, self.batch_size):
                    for context, answer in zip(batch, self._answers(batch, decoding), strict=True):
                        answers[context, decoding] = answer
                    progress.update(len(batch))
        return [answers[request] for request in asked]

    def _answers(self, contexts: Sequence[str], decoding: _Decoding) -> list[str]:
        room = self.max_length - decoding.sampling.max_tokens
        if room < 1:
            raise SettingsError(
                f"{decoding.sampling.max_tokens} tokens are to be generated, and the model's "
                f"context holds {self.max_length}; lower that, as in --gen_kwargs max_gen_toks=128"
            )
        prompts = [self.tok_encode(context) for context in contexts]
        for prompt in prompts:
            if len(prompt) > room:
                log.warning(_CUT, len(prompt), len(prompt) - room)
        generations = self.engine.continue_tokens(
            [prompt[-room:] or [self.prefix_token_id] for prompt in prompts],
            decoding.sampling,
            self.variant,
            stop=decoding.stop,
        )
        return [
            postprocess_generated_text(generation.text, list(decoding.stop), None)
            for generation in generations
        ]


def _args(requests: Iterable[Instance]) -> Iterator[tuple[str, dict[str, Any]]]:
    for request in requests:
        context, options = request.args
        yield context, options


def _decoding(options: dict[str, Any], end: str) -> _Decoding:
    """A task's `generation_kwargs` as our own decoding; `end` is the model's end token as text.

    Raises SettingsError for an option that would change the answer and that we do not have.
    """
    given: dict[str, Any] = dict(normalize_gen_kwargs(options, ANSWER_TOKENS))
    stop = handle_stop_sequences(given.pop("until"), eos=end)
    sampled = given.pop("do_sample")
    sampling = {
        "temperature": given.pop("temperature", 0.0),
        "max_tokens": given.pop("max_gen_toks"),
        "top_p": given.pop("top_p", 1.0) if sampled else 1.0,
    }
    if sampled and not sampling["temperature"]:
        raise SettingsError("do_sample without a temperature above 0; give one, or leave it out")
    for name, setting in given.items():
        meaningless = name in _SAMPLING_OPTIONS and not sampled
        if not meaningless and setting not in _NEUTRAL_OPTIONS.get(name, ()):
            raise SettingsError(
                f"generation option {name}={setting} is not supported; supported: until, "
                "max_gen_toks, do_sample, temperature, top_p"
            )
    try:
        return _Decoding(Sampling(**sampling), tuple(stop))
    except ValidationError as error:
        faults = "; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors())
        raise SettingsError(f"generation options out of range: {faults}") from error


def _seeded(asked: Iterable[tuple[str, _Decoding]]) -> Iterator[tuple[str, _Decoding]]:
    """Number the repetitions of a request by seed, where its answer is drawn and not computed."""
    drawn: Counter[tuple[str, _Decoding]] = Counter()
    for request in asked:
        context, decoding = request
        if decoding.sampling.temperature:
            sampling = decoding.sampling.model_copy(update={"seed": drawn[request]})
            drawn[request] += 1
            decoding = decoding._replace(sampling=sampling)
        yield context, decoding


def _like_lengths(contexts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Batches with little padding, the longest first, so that what does not fit shows at once."""
    ordered = sorted(contexts, key=len, reverse=True)
    for at in range(0, len(ordered), size):
        yield ordered[at : at + size]
