"""Which models there are and where results are kept: `models.yaml` and a few environment names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from workbench.errors import InputError, SettingsError, UnknownNameError
from workbench.schema import ModelSpec

PACKAGE = Path(__file__).parent
MODELS_FILE = PACKAGE / "models.yaml"
DATA = PACKAGE / "data"
HOME_VARIABLE = "KRX_WORKBENCH_HOME"


def home() -> Path:
    """Where results are kept: $KRX_WORKBENCH_HOME, else ~/.krx-workbench."""
    return Path(os.environ.get(HOME_VARIABLE) or "~/.krx-workbench").expanduser()


def default_store() -> Path:
    return home() / "store.sqlite"


def load_presets(path: Path = MODELS_FILE) -> dict[str, ModelSpec]:
    """The model presets by name. Paths inside the file are relative to it.

    Raises SettingsError with every fault of the file at once.
    """
    presets: dict[str, ModelSpec] = {}
    faults: list[str] = []
    for name, fields in _section(path, "models").items():
        if not isinstance(fields, dict):
            faults.append(f"{name}: expected keys such as 'base', found '{fields}'")
            continue
        try:
            presets[name] = ModelSpec(name=name, **_with_paths(fields, path.parent))
        except (ValueError, TypeError) as error:  # also of a path that no system can have
            faults.append(f"{name}: {_one_line(error)}")
    if faults:
        raise SettingsError(printable(f"'{path}' has faults:\n  " + "\n  ".join(faults)))
    return presets


def load_aliases(path: Path = MODELS_FILE) -> dict[str, str]:
    """Other names of a model, each with the id that is in force."""
    return {str(old): str(new) for old, new in _section(path, "aliases").items()}


def read_yaml(path: Path) -> Any:
    """What a YAML file holds. Raises SettingsError, in one sentence, where it cannot be read."""
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"'{path}' cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError) as error:
        # PyYAML checks no tagged value before it converts it: '!!bool x' is a KeyError.
        reason = printable(" ".join(str(error).split()))
        raise SettingsError(f"'{path}' is not YAML: {reason}") from error


def printable(text: str) -> str:
    """With escapes for what no terminal can show: YAML may spell out half a character."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _section(path: Path, name: str) -> dict[Any, Any]:
    raw = read_yaml(path) or {}
    section = (raw.get(name) or {}) if isinstance(raw, dict) else raw
    if not isinstance(section, dict):
        raise SettingsError(f"'{path}' must hold '{name}:' with a line 'name: …' for each")
    return section


def resolve_model(
    name: str,
    adapter: str | None = None,
    tuned: str | None = None,
    presets: dict[str, ModelSpec] | None = None,
) -> ModelSpec:
    """The pair that `--model NAME [--adapter …|--tuned …]` means.

    NAME is a preset, a local folder, or a Hub id (it holds a slash). A name that is none of the
    three raises UnknownNameError with the presets listed.
    """
    if adapter and tuned:
        raise InputError(f"give --adapter '{adapter}' or --tuned '{tuned}', not both")
    presets = load_presets() if presets is None else presets
    aliases = load_aliases()
    if name in presets:
        if adapter or tuned:
            raise InputError(
                f"'{name}' is a preset and already names its tuned model; "
                "with --adapter or --tuned, give --model the base model's path or Hub id"
            )
        return presets[name]
    if not Path(name).is_dir() and "/" not in name:
        cure = "A local folder or a Hub id such as Qwen/Qwen2.5-7B-Instruct works too"
        raise UnknownNameError("model", name, presets, cure)
    if name.startswith((".", "/", "~")) and not Path(name).expanduser().is_dir():
        raise InputError(f"--model '{name}' looks like a local folder, but there is none")
    base = _place(name, aliases)
    return ModelSpec(
        name=os.path.basename(os.path.abspath(base)),  # '.' has no name of its own
        base=base,
        adapter=adapter and _place(adapter, aliases),
        tuned=tuned and _place(tuned, aliases),
    )


def _place(given: str, aliases: dict[str, str]) -> str:
    """The id in force, or the path; a shell leaves the tilde of `--adapter=~/mine` to us."""
    return os.path.expanduser(aliases.get(given, given))


def _with_paths(fields: dict[str, Any], root: Path) -> dict[str, Any]:
    """Turn './…' values into absolute paths next to the file they stand in."""
    return {
        key: str((root / value).resolve())
        if isinstance(value, str) and value.startswith("./")
        else value
        for key, value in fields.items()
    }


def _one_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'model'}: {fault['msg']}"
            for fault in error.errors()
        )
    return str(error)
