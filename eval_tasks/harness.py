"""The harness's task class, made to show models what `workbench.prompts` writes and nothing else.

The harness composes prompts itself: text, delimiters, few-shot examples, and with a chat template
the turns. Its rules differ from ours in ways that move scores (one user turn for all examples, no
system turn, no `### 정답:` before the letter), so `KrxTask` takes over that one step. All the rest
is the harness as it is, configured by each task's YAML.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from lm_eval.api.task import ConfigurableTask
from lm_eval.models.utils import normalize_gen_kwargs

from eval_tasks.scoring import mean_of_part
from eval_tasks.selection import Doc, question_of
from workbench.errors import InputError, SettingsError
from workbench.prompts import Task as PromptTask
from workbench.prompts import format_hash, format_name
from workbench.schema import Prompt, PromptStyle, Question

log = logging.getLogger(__name__)

PARTS = ("category", "area")
HALF_CHARACTER = "\N{REPLACEMENT CHARACTER}"


class KrxTask(ConfigurableTask):
    """What the krx tasks share; a task says what it asks by `ask`.

    The first metric in a task's YAML is also reported for each category and area, as
    `acc/category/재무회계`, beside the number of its questions, `n/category/재무회계`.
    """

    FORMAT: PromptTask = "mcqa"

    def __init__(self, config: dict[str, Any]) -> None:
        # The factory leaves the YAML's `class` in, which the configuration does not know.
        super().__init__(config={key: value for key, value in config.items() if key != "class"})
        first = self.task_docs[0]
        self._note(question_set=first["question_set"], question_set_hash=first["question_set_hash"])
        self._lead_metric = next(iter(self._metric_fn_list))
        for name in self._parts.values():
            self._add_metric(f"{self._lead_metric}/{name}", mean_of_part, self._lead_metric)
            self._add_metric(f"n/{name}", sum, None)
        self._tokenizer: Any = (
            self._load_tokenizer() if self.OUTPUT_TYPE == "generate_until" else None
        )

    @abstractmethod
    def ask(self, doc: Doc, style: PromptStyle, shots: Sequence[Question]) -> Prompt:
        """The prompt for one question after worked examples."""

    # ── what the model reads ─────────────────────────────────────────────────────────────────

    def doc_to_text(self, doc: Doc, doc_to_text: object = None) -> str:
        return self.ask(doc, "native", ()).text

    def build_all_requests(self, **options: Any) -> None:
        """See Task; what would change the prompt or mix up questions is refused here."""
        chat = bool(options.get("apply_chat_template"))
        if options.get("system_instruction") is not None:
            raise SettingsError(
                "--system_instruction changes what the model reads, and results would not compare; "
                "the krx tasks bring their own system turn: leave it out"
            )
        if chat and self.config.num_fewshot and not options.get("fewshot_as_multiturn"):
            raise SettingsError(
                "--fewshot_as_multiturn false puts all examples into one turn; the krx tasks show "
                "each as turns of its own: leave it out"
            )
        if options.get("cache_requests"):
            raise SettingsError(
                "--cache_requests keeps prompts under the task's name alone, and would put an "
                "earlier call's questions; leave it out: the prompts are built within a second"
            )
        style: PromptStyle = "chat" if chat else "native"
        self._note(
            prompt_style=style,
            prompt_format=format_name(style, self.FORMAT),
            prompt_format_hash=format_hash(style, self.FORMAT),
            shots=[question.hash for question in self._shots(self.config.num_fewshot or 0)],
        )
        super().build_all_requests(**options)

    def fewshot_context(
        self,
        doc: Doc,
        num_fewshot: int,
        system_instruction: str | None = None,
        apply_chat_template: bool = False,
        fewshot_as_multiturn: bool = False,
        chat_template: Callable[..., str] | None = None,
        gen_prefix: str | None = None,
    ) -> str:
        """The whole text before the answer; `chat_template` is the model's own."""
        shots = self._shots(num_fewshot)
        if not (apply_chat_template and chat_template):
            return self.ask(doc, "native", shots).text
        prompt = self.ask(doc, "chat", shots)
        turns = [turn.model_dump() for turn in prompt.messages]
        framed = chat_template(turns, add_generation_prompt=True)
        # An endpoint with a template of its own gets the turns as JSON, which is no string to add
        # to. It cannot score letters either, so it never has a prefill.
        return f"{framed}{prompt.prefill}" if prompt.prefill else framed

    def _shots(self, count: int) -> tuple[Question, ...]:
        """The first `count` questions of the few-shot split, the same for every question."""
        if not count:
            return ()
        if shared := self._pool_in_test:
            raise InputError(
                f"{len(shared)} of the questions to show as examples are also asked, the first "
                f"'{shared[0].id}'; choose another set with --metadata shots_from=…"
            )
        if count > len(self._pool):
            raise InputError(
                f"--num_fewshot {count}, but the few-shot set holds {len(self._pool)} questions; "
                "ask for fewer, or choose another set with --metadata shots_from=…"
            )
        return self._pool[:count]

    @cached_property
    def _pool(self) -> tuple[Question, ...]:
        split = self.config.fewshot_split
        return tuple(map(question_of, self.dataset[split])) if split else ()

    @cached_property
    def _pool_in_test(self) -> list[Question]:
        """Examples that are asked as well, their options in whatever order."""
        asked = {_content(question_of(doc)) for doc in self.task_docs}
        return [question for question in self._pool if _content(question) in asked]

    # ── how results count ────────────────────────────────────────────────────────────────────

    def process_results(self, doc: Doc, results: Sequence[Any]) -> dict[str, Any]:
        """Metrics of one question: the task's own, and its part's.

        Each question has a value for each part, None where it is not in it: the harness joins
        the processes of a data-parallel run by the metrics that the first one has.
        """
        if "bypass" in self._metric_fn_list:  # --predict_only
            return dict(super().process_results(doc, results))
        if self._tokenizer is not None:
            doc = {**doc, "truncated": self._is_truncated(results[0])}
        scores = dict(super().process_results(doc, results))
        value = scores.get(self._lead_metric)
        for (field, part), name in self._parts.items():
            inside = doc[field] == part and value is not None
            scores[f"{self._lead_metric}/{name}"] = value if inside else None
            scores[f"n/{name}"] = int(inside)
        return scores

    @cached_property
    def _parts(self) -> dict[tuple[str, str], str]:
        """Every category and area of the test questions, with its name in metrics."""
        found = {(field, doc[field]) for doc in self.task_docs for field in PARTS if doc[field]}
        # The harness parts a metric's name from its filter at the first comma.
        return {(field, part): f"{field}/{part}".replace(",", " ") for field, part in sorted(found)}

    def _add_metric(self, name: str, aggregation: Callable[..., Any], like: str | None) -> None:
        self._metric_fn_list[name] = None
        self._aggregation_list[name] = aggregation
        self._higher_is_better[name] = self._higher_is_better.get(like)

    # ── where a reply ended ──────────────────────────────────────────────────────────────────

    def _is_truncated(self, reply: str | None) -> bool:
        """Whether the reply fills its token budget.

        The harness keeps no reason for the end of a reply, so its tokens are counted again, which
        can miss one that was cut between two tokens that belong together. A reply that ends in
        half a character was cut in any case; elsewhere each half counts as the one token that it
        was, and not as the several that its replacement has.
        """
        if not reply:
            return False
        budget = normalize_gen_kwargs(self.config.generation_kwargs)["max_gen_toks"]
        whole = reply.replace(HALF_CHARACTER, "")
        tokens = len(self._tokenizer.encode(whole, add_special_tokens=False))
        filled = tokens + reply.count(HALF_CHARACTER) >= budget
        return filled or reply.endswith(HALF_CHARACTER)

    def _load_tokenizer(self) -> Any:
        """The model's tokenizer, before the model has worked for hours; None without one."""
        from transformers import AutoTokenizer

        arguments = self.config.metadata
        name = arguments.get("tokenizer") or arguments.get("pretrained")
        reason = "no model argument names one"
        if isinstance(name, str):
            try:
                return AutoTokenizer.from_pretrained(
                    name,
                    revision=arguments.get("revision", "main"),
                    trust_remote_code=bool(arguments.get("trust_remote_code")),
                )
            except (OSError, ValueError) as error:
                reason = str(error).partition("\n")[0]
        log.warning(
            "%s: 'truncated' is not reported, because it needs the model's tokenizer (%s); "
            "name it with --metadata tokenizer=…",
            self.config.task,
            reason,
        )
        return None

    # ── provenance ───────────────────────────────────────────────────────────────────────────

    def _note(self, **facts: Any) -> None:
        """Write facts into the task's metadata, which the harness files with the results."""
        self.set_config("metadata", facts, update=True)


def _content(question: Question) -> tuple[str, frozenset[str]]:
    return question.question, frozenset(question.options)
