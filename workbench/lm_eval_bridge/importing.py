"""A checked sample log of lm_eval -> a Run like any other, with the questions it answered.

Documents become Questions by the same rules as question files, so that a question has the same
hash whichever way it was asked: that is what lets an imported run be paired with one of ours.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from workbench import prompts
from workbench.answers import EXTRACTION_VERSION, extract_letter
from workbench.config import load_aliases, load_presets
from workbench.errors import Fault, InputError, SampleFileError
from workbench.evaluate import examples_hash
from workbench.lm_eval_bridge.lines import LoggedAnswer, Reply, Scores, in_words
from workbench.lm_eval_bridge.samples import ModelConfig, SampleLog, read_log, sample_files
from workbench.prompts import letter_continuations
from workbench.questions.findings import check_question, one_line
from workbench.questions.formats import file_format, question_fields
from workbench.schema import (
    LETTERS,
    MAX_OPTIONS,
    MIN_OPTIONS,
    Answer,
    EngineInfo,
    FinishReason,
    PromptStyle,
    Question,
    QuestionSet,
    RunSpec,
    Sampling,
    Variant,
    canonical_hash,
)

_Found = TypeVar("_Found", Question, Answer)

# Where upstream tasks keep what is asked, what is read before it, and the options' texts.
_STEMS = ("question", "query")
_REFERENCES = ("paragraph", "context")
_OPTIONS = ("choices", "options")

# Where krx_mcqa_cot keeps what the model reasoned before its letters were scored.
_OWN_REASONING = "own_reasoning"

_FINISH_REASONS: dict[bool | None, FinishReason | None] = {
    None: None,
    False: "stop",
    True: "length",
}
_ADAPTERS = ("peft", "lora_local_path", "delta")

# What in a task's configuration decides the text that a model reads.
_PROMPT_KEYS = (
    "doc_to_text",
    "doc_to_choice",
    "description",
    "gen_prefix",
    "target_delimiter",
    "fewshot_delimiter",
    "fewshot_config",
    "fewshot_split",
)


class ImportedRun(NamedTuple):
    """What `Store.import_run` takes, in its order."""

    spec: RunSpec
    answers: tuple[Answer, ...]
    question_set: QuestionSet


def read_samples(path: Path, variant: Variant | None = None) -> ImportedRun:
    """The run that a sample file of lm_eval holds; a folder or results file with one will do.

    `variant` is for models of which the results do not tell whether they are the tuned side; by
    default an adapter, or a model that a preset names as tuned, makes it 'tuned'.

    Raises InputError for a path without a sample file, or with several; SampleFileError for one
    that is cut off, foreign or changed.
    """
    file, *more = sample_files(path)
    if more:
        raise InputError(
            f"'{path}' means {1 + len(more)} sample files, the first '{file}'; give one of them"
        )
    log = read_log(file)
    questions = _without_faults(log, [_question(log.task, answer) for answer in log.answers])
    answers = _without_faults(log, list(map(_answer, log.answers, questions)))
    question_set = QuestionSet(
        name=_text(_metadata(log).get("question_set")) or log.task,
        questions=tuple(questions),
        origin=file.name,
    )
    return ImportedRun(_spec(log, question_set, variant), tuple(answers), question_set)


def _without_faults(log: SampleLog, found: Sequence[_Found | list[str]]) -> list[_Found]:
    """What was made of each line. Raises SampleFileError, with all faults, if any line has one."""
    faults = [
        Fault(answer.line, one_line(message))
        for answer, each in zip(log.answers, found, strict=True)
        if isinstance(each, list)
        for message in each
    ]
    if faults:
        raise SampleFileError(str(log.path), sorted(faults, key=lambda fault: fault.line))
    return [each for each in found if not isinstance(each, list)]


# ── questions ────────────────────────────────────────────────────────────────────────────────


def _question(task: str, answer: LoggedAnswer) -> Question | list[str]:
    """The document as a Question, or why it is none."""
    default_id = f"{task}-{answer.doc_id:04d}"
    question = _as_in_a_question_file(answer.doc, default_id)
    if isinstance(answer.outcome, Reply):
        return _with_answer(question, answer.target)
    scored, _, right = answer.outcome
    if len(scored) > MAX_OPTIONS:
        return [f"{len(scored)} options, expected {MIN_OPTIONS}–{MAX_OPTIONS}"]
    if question is None:
        return _as_upstream_writes_it(answer.doc, scored, LETTERS[right], default_id)
    if len(question.options) != len(scored):
        return [f"doc has {len(question.options)} options, but {len(scored)} were scored"]
    return _with_answer(question, LETTERS[right])


def _with_answer(question: Question | None, target: str) -> Question | list[str]:
    if question is None:
        return ["doc is no multiple-choice question of a kind that can be read out of a reply"]
    if question.answer != target:
        return [f"doc has the answer '{question.answer}', but the target is '{target}'"]
    return question


def _as_in_a_question_file(doc: Mapping[str, Any], default_id: str) -> Question | None:
    """Our tasks' documents, and those of KMMLU, are rows that `load_questions` would read, too."""
    fmt = file_format([doc.keys()])
    if fmt is None:
        return None
    fields, faults = question_fields({k: v for k, v in doc.items() if k in fmt.accepted}, fmt)
    checked = check_question({"id": default_id, **fields})
    return checked if isinstance(checked, Question) and not faults else None


def _as_upstream_writes_it(
    doc: Mapping[str, Any], scored: Sequence[str], right: str, default_id: str
) -> Question | list[str]:
    """A question of another data set, whose options may stand in the stem or be flawed.

    Published sets hold some questions with an empty or a repeated option, which count all the
    same. The options are then shown in the stem, and what was scored (their letters) are options.
    """
    stem = _first_text(doc, _STEMS)
    if stem is None:
        return [f"doc has neither {' nor '.join(_STEMS)}; it has {', '.join(doc) or 'nothing'}"]
    labels = [continuation.strip() for continuation in scored]
    texts = _option_texts(doc, len(labels))
    fields = {
        "id": _first_text(doc, ("id",)) or default_id,
        "question": stem,
        "options": texts or labels,
        "answer": right,
        "reference": _first_text(doc, _REFERENCES) or "",
    }
    checked = check_question(fields)
    if isinstance(checked, Question) or texts is None:
        return checked
    shown = "\n".join(f"{label}. {text}" for label, text in zip(labels, texts, strict=True))
    return check_question({**fields, "question": f"{stem}\n{shown}", "options": labels})


def _first_text(doc: Mapping[str, Any], keys: Sequence[str]) -> str | None:
    texts = (doc.get(key) for key in keys)
    return next((_nfc(text) for text in texts if isinstance(text, str) and text.strip()), None)


def _option_texts(doc: Mapping[str, Any], count: int) -> list[str] | None:
    """The options where they are a list of that many texts, or a column for each letter."""
    lists: list[Any] = [doc.get(key) for key in _OPTIONS]
    lists.append([doc.get(letter) for letter in LETTERS[:count]])
    for options in lists:
        if isinstance(options, list) and len(options) == count:
            texts = [_nfc(option) for option in options if isinstance(option, str)]
            if len(texts) == count:
                return texts
    return None


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


# ── answers ──────────────────────────────────────────────────────────────────────────────────


def _answer(logged: LoggedAnswer, question: Question) -> Answer | list[str]:
    """The answer, or why the line contradicts itself."""
    empty = Answer(
        question_id=question.id,
        question_hash=question.hash,
        right=question.answer,
        cluster=question.cluster,
    )
    if logged.acc is None:
        return empty.model_copy(update={"failure": "the call failed when lm_eval made it"})
    if isinstance(logged.outcome, Scores):
        answer = empty.model_copy(update=_likeliest(logged.outcome, question))
    else:
        answer = empty.model_copy(update=_read_out(logged.outcome, question))
    expected = float(answer.correct)
    if answer.failure is None and logged.acc != expected:
        return [f"acc is {logged.acc}, but the answer is '{answer.letter}', which makes {expected}"]
    return answer


def _likeliest(scores: Scores, question: Question) -> dict[str, Any]:
    logprobs = scores.logprobs
    if not all(map(math.isfinite, logprobs)):
        return {"failure": f"log-likelihoods without value: {logprobs}"}
    best = max(range(len(logprobs)), key=logprobs.__getitem__)
    return {"letter": question.letters[best], "option_logprobs": logprobs}


def _read_out(reply: Reply, question: Question) -> dict[str, Any]:
    """Anew, as a run of ours would have read it."""
    extraction = extract_letter(reply.text, question, truncated=bool(reply.truncated))
    return {
        "text": reply.text,
        "letter": extraction.letter,
        "unparsed": extraction.reason,
        "finish_reason": _FINISH_REASONS[reply.truncated],
    }


# ── what was run ─────────────────────────────────────────────────────────────────────────────


def _spec(log: SampleLog, question_set: QuestionSet, variant: Variant | None) -> RunSpec:
    results, config = log.results, log.results.config
    sampling = _sampling(log) if isinstance(log.answers[0].outcome, Reply) else None
    style: PromptStyle = "native" if results.chat_template is None else "chat"
    prompt = _prompt_identity(log, question_set.questions, style)
    return RunSpec(
        variant=variant or config.variant or _variant(config),
        engine=_engine(log),
        question_set=question_set.name,
        question_set_hash=question_set.hash,
        n_questions=len(question_set.questions),
        method="generate" if sampling else "loglik",
        prompt_style=style,
        prompt_format=prompt.format,
        prompt_hash=prompt.hash,
        shots=log.results.shots[log.task],
        examples_hash=prompt.examples_hash,
        sampling=sampling,
        batch_size=config.batch_size if isinstance(config.batch_size, int) else 0,
        extraction_version=EXTRACTION_VERSION if sampling else 0,
        packages={"lm_eval": results.lm_eval_version, "transformers": results.transformers_version},
    )


def _sampling(log: SampleLog) -> Sampling:
    """How replies were drawn. Raises InputError where a Sampling cannot say it."""
    options = log.definition.get("generation_kwargs")
    given = dict(options) if isinstance(options, dict) else {}
    if given.get("until"):
        raise InputError(
            f"the replies in '{log.path}' were cut at {given['until']}, and no run of ours is; "
            "evaluate without stop strings"
        )
    temperature = given.get("temperature", 0.0) if given.get("do_sample") else 0.0
    try:
        return Sampling(temperature=temperature, max_tokens=given.get("max_gen_toks", 256))
    except ValidationError as error:
        raise InputError(
            f"the results beside '{log.path}' tell how replies were drawn as no run can have it: "
            f"{'; '.join(in_words(error))}"
        ) from error


def _engine(log: SampleLog) -> EngineInfo:
    """Weights that the results do not identify are those of the day: a folder may change."""
    results, config = log.results, log.results.config
    harness = {"engine": f"lm_eval {config.model}", "version": results.lm_eval_version}
    if config.engine is not None:
        return config.engine.model_copy(update=harness)
    arguments = _arguments(config)
    return EngineInfo(
        **harness,
        model=results.model_name,
        base=arguments.get("pretrained") or arguments.get("model") or results.model_name,
        base_revision=config.model_sha or f"{config.model_revision or 'unknown'} as of {log.date}",
        tuned=_adapter(arguments),
        device=config.device or "unknown",
        dtype=(config.model_dtype or arguments.get("dtype") or "unknown").removeprefix("torch."),
        context_length=results.max_length or 0,
    )


def _variant(config: ModelConfig) -> Variant:
    """'tuned' for an adapter, and for a model that a preset names as its tuned side."""
    arguments = _arguments(config)
    place = arguments.get("pretrained", "")
    known = {preset.tuned for preset in load_presets().values() if preset.tuned}
    tuned = _adapter(arguments) or load_aliases().get(place, place) in known
    return "tuned" if tuned else "vanilla"


def _adapter(arguments: Mapping[str, str]) -> str:
    return next((arguments[key] for key in _ADAPTERS if arguments.get(key)), "")


def _arguments(config: ModelConfig) -> dict[str, str]:
    """`--model_args` by name; lm_eval notes them as they were given, as text or as a mapping."""
    from lm_eval.utils import simple_parse_args_string

    given = config.model_args
    named = given if isinstance(given, dict) else simple_parse_args_string(given)
    return {str(key): str(value) for key, value in named.items()}


# ── what the model read ──────────────────────────────────────────────────────────────────────


class _PromptIdentity(NamedTuple):
    """As the fields of RunSpec. Only our own tasks note which examples they show."""

    format: str
    hash: str
    examples_hash: str = ""


def _prompt_identity(
    log: SampleLog, questions: Sequence[Question], style: PromptStyle
) -> _PromptIdentity:
    """Which prompts were asked.

    Prompts that are ours, letter for letter, get the id and the hash that our own runs have. All
    others are known by the task's definition, not by their rendering, because two models may be
    asked the same through different chat templates.
    """
    heads = [
        _before_our_prompt(answer, question, style)
        for answer, question in zip(log.answers, questions, strict=True)
    ]
    ours = [head for head in heads if head is not None]
    if len(ours) < len(heads):
        name = f"lm_eval/{log.task}/v{log.results.versions[log.task]}"
        return _PromptIdentity(name, _definition_hash(log))
    name, own_hash = prompts.format_name(style, "mcqa"), prompts.format_hash(style, "mcqa")
    if not log.results.shots[log.task]:
        return _PromptIdentity(name, own_hash)
    # Our tasks note the hashes of their examples, of which our runs make their prompt's hash.
    noted = _metadata(log).get("shots")
    if isinstance(noted, list):
        return _PromptIdentity(name, canonical_hash([own_hash, *noted]), examples_hash(noted))
    return _PromptIdentity(name, canonical_hash([own_hash, *ours]))


def _definition_hash(log: SampleLog) -> str:
    results, shots = log.results, log.results.shots[log.task]
    return canonical_hash(
        {
            **{key: log.definition.get(key) for key in _PROMPT_KEYS},
            "format": _metadata(log).get("prompt_format_hash"),
            "shots": shots,
            "shot_seed": results.config.fewshot_seed if shots else None,
            "shots_as_turns": results.fewshot_as_multiturn,
            "system": results.system_instruction,
        }
    )


def _before_our_prompt(answer: LoggedAnswer, question: Question, style: PromptStyle) -> str | None:
    """What stands before our own prompt (few-shot examples), or None if the prompt is not ours.

    How a template frames a turn is the model's affair, so of a chat it is the turns that count.
    """
    if _OWN_REASONING in answer.doc:  # of which some may be empty, and then nothing shows
        return None
    outcome = answer.outcome
    if isinstance(outcome, Scores) and outcome.continuations != letter_continuations(question):
        return None
    prompt = prompts.mcqa_prompt(question, style, letter_next=isinstance(outcome, Scores))
    if style == "native":
        found = answer.prompt.endswith(prompt.text)
        return answer.prompt.removesuffix(prompt.text) if found else None
    system, user = (turn.content for turn in prompt.messages)
    head, asked, _ = answer.prompt.rpartition(user)
    found = bool(asked) and system in head and answer.prompt.endswith(prompt.prefill)
    return head if found else None


def _metadata(log: SampleLog) -> Mapping[str, Any]:
    """What the task notes about itself; ours note what they asked."""
    noted = log.definition.get("metadata")
    return noted if isinstance(noted, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
