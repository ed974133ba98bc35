"""Values as an analyst states them: a number, a word, a range, or one of several options.

A word means a range, and a range describes parameter uncertainty. Each becomes a distribution, and
a parameter draw takes one value from each.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from sim.io.errors import nearest

Array = NDArray[np.float64]

WORDS: dict[str, tuple[float, float]] = {
    "very_low": (0.0, 0.2),
    "low": (0.2, 0.4),
    "medium": (0.4, 0.6),
    "medium_high": (0.55, 0.75),
    "high": (0.7, 0.9),
    "very_high": (0.85, 1.0),
}
"""The ordinal coding scale; a leading minus gives the negative range."""


def word_range(word: str) -> tuple[float, float]:
    """Return the range that a word means; ValueError if the word is unknown.

    >>> word_range("high"), word_range("-low")
    ((0.7, 0.9), (-0.4, -0.2))
    """
    plain = word.removeprefix("-")
    if plain not in WORDS:
        hint = f"{nearest(plain, WORDS)}; allowed: a number, a range, or one of {', '.join(WORDS)}"
        raise ValueError(f"unknown word '{word}'{hint}")
    low, high = WORDS[plain]
    return (-high, -low) if word.startswith("-") else (low, high)


class Quantity(BaseModel):
    """A number, known exactly or within a range.

    In a file: ``0.4``, ``high``, ``-low``, ``{range: [0.2, 0.6]}``,
    ``{range: [1, 10], scale: log}`` or ``{range: [0.2, 0.6], mode: 0.3}``. The distribution is
    uniform on the scale, or triangular with a mode.

    >>> Quantity.model_validate("-low").high
    -0.2
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float = Field(description="lower end of the range")
    high: float = Field(description="upper end of the range; equal to low for a known number")
    scale: Literal["linear", "log"] = Field(
        default="linear", description="uniform in the value or in its logarithm"
    )
    mode: float | None = Field(
        default=None,
        description="most likely value; the distribution is then triangular instead of uniform",
    )
    word: str | None = Field(default=None, description="the word the analyst used")
    path: str = Field(default="", description="path in the scenario, such as actors.NOR.ties.SUD")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: Any, info: ValidationInfo) -> Any:
        if isinstance(raw, Quantity):
            return raw
        if isinstance(raw, bool) or raw is None:
            raise ValueError(
                "not a number; allowed: a number, a word such as high, or {range: [low, high]}"
            )
        if isinstance(raw, int | float):
            return {"low": float(raw), "high": float(raw)}
        if isinstance(raw, str):
            low, high = word_range(raw)
            return {"low": low, "high": high, "word": raw}
        if isinstance(raw, dict) and "range" in raw:
            return cls._read_range(raw)
        if isinstance(raw, dict) and {"low", "high"} <= raw.keys() and not _in_document(info):
            return raw
        raise ValueError(
            "not a quantity; allowed: a number, a word such as high, or {range: [low, high]}"
        )

    @classmethod
    def _read_range(cls, raw: dict[str, Any]) -> dict[str, Any]:
        _refuse_other_keys(raw, ("range", "scale", "mode"))
        ends = raw["range"]
        if not (
            isinstance(ends, list | tuple)
            and len(ends) == 2
            and all(_is_number(end) for end in ends)
        ):
            raise ValueError("not a range; allowed: two numbers, [low, high]")
        if raw.get("scale", "linear") not in ("linear", "log"):
            raise ValueError(f"unknown scale '{raw['scale']}'; allowed: linear, log")
        if not (raw.get("mode") is None or _is_number(raw["mode"])):
            raise ValueError("not a mode; allowed: a number within the range")
        rest: dict[str, Any] = {key: raw[key] for key in ("scale", "mode") if key in raw}
        return {"low": float(ends[0]), "high": float(ends[1]), **rest}

    @model_validator(mode="after")
    def _check(self) -> Quantity:
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise ValueError("infinite or not a number; allowed: finite numbers")
        if self.low > self.high:
            raise ValueError(
                f"the lower end {self.low:g} is above the upper end {self.high:g}; allowed: [low, "
                "high]"
            )
        if self.scale == "log" and self.low <= 0:
            raise ValueError(
                f"a log scale needs a range above 0, and this range starts at {self.low:g}"
            )
        if self.mode is not None and not self.low <= self.mode <= self.high:
            raise ValueError(
                f"mode {self.mode:g} is outside the range {self.low:g} to {self.high:g}"
            )
        if self.mode is not None and self.scale == "log":
            raise ValueError("a mode is allowed only on a linear scale")
        if self.word is not None and (
            word_range(self.word) != (self.low, self.high) or self.mode is not None
        ):
            raise ValueError(f"the word {self.word} means another range")
        return self

    @property
    def known(self) -> bool:
        """Whether the value is a single number."""
        return self.low == self.high

    def quantile(self, u: Array) -> Array:
        """Return the values at cumulative probabilities ``u``, in the quantity's unit; same shape.

        >>> Quantity(low=0.2, high=0.6).quantile(np.array([0.0, 0.5])).tolist()
        [0.2, 0.4]
        """
        if self.known:
            return np.full_like(u, self.low)
        if self.scale == "log":
            values = np.exp(np.log(self.low) + u * (np.log(self.high) - np.log(self.low)))
        elif self.mode is not None:
            values = self._triangular(u)
        else:
            values = self.low + u * (self.high - self.low)
        # Rounding errors may exceed an end by a last digit.
        return np.asarray(np.clip(values, self.low, self.high), dtype=np.float64)

    def _triangular(self, u: Array) -> Array:
        assert self.mode is not None
        width = self.high - self.low
        rise = self.mode - self.low
        left = self.low + np.sqrt(u * width * rise)
        right = self.high - np.sqrt((1 - u) * width * (width - rise))
        return np.where(u < rise / width, left, right)

    def plain(self) -> Any:
        """Return the value as a file would state it: a number, a word, or a range."""
        if self.word is not None:
            return self.word
        if self.known and self.scale == "linear" and self.mode is None:
            return self.low
        form: dict[str, Any] = {"range": [self.low, self.high]}
        if self.scale == "log":
            form["scale"] = "log"
        if self.mode is not None:
            form["mode"] = self.mode
        return form


class Choice(BaseModel):
    """One of several named options; with more than one, every parameter draw picks one of them.

    In a file: ``neutral`` or ``{any_of: [neutral, kydd03]}``, each equally likely.

    >>> Choice.model_validate({"any_of": ["neutral", "kydd03"]}).options
    ('neutral', 'kydd03')
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    options: tuple[str, ...] = Field(
        min_length=1, description="options that a parameter draw chooses from, each equally likely"
    )
    path: str = ""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: Any, info: ValidationInfo) -> Any:
        if isinstance(raw, str):
            return {"options": (raw,)}
        if isinstance(raw, dict) and "any_of" in raw:
            return {"options": cls._read_any_of(raw)}
        if isinstance(raw, Choice) or (
            isinstance(raw, dict) and "options" in raw and not _in_document(info)
        ):
            return raw
        raise ValueError("not a choice; allowed: a name, or {any_of: [name, name]}")

    @classmethod
    def _read_any_of(cls, raw: dict[str, Any]) -> tuple[str, ...]:
        _refuse_other_keys(raw, ("any_of",))
        names = raw["any_of"]
        if not (
            isinstance(names, list | tuple)
            and names
            and all(isinstance(name, str) for name in names)
        ):
            raise ValueError("any_of is not a list of names; allowed: [name, name]")
        if len(set(names)) < len(names):
            raise ValueError(
                "any_of names an option twice; name each option once (all are equally likely)"
            )
        return tuple(names)

    @property
    def known(self) -> bool:
        """Whether there is only one option."""
        return len(self.options) == 1

    def pick(self, u: Array) -> NDArray[np.int64]:
        """Return the option at each cumulative probability ``u``, as indices into ``options``.

        >>> Choice(options=("neutral", "kydd03")).pick(np.array([0.2, 0.7])).tolist()
        [0, 1]
        """
        return np.minimum((u * len(self.options)).astype(np.int64), len(self.options) - 1)

    def plain(self) -> Any:
        """Return the choice as a file would state it."""
        return self.options[0] if self.known else {"any_of": list(self.options)}


def _refuse_other_keys(raw: dict[str, Any], keys: tuple[str, ...]) -> None:
    allowed = (*keys, "cites", "assumption")
    for key in raw:
        if key not in keys:
            hint = f"{nearest(key, allowed)}; allowed: {', '.join(allowed)}"
            raise ValueError(f"unknown key '{key}' next to {keys[0]}{hint}")


def _in_document(info: ValidationInfo) -> bool:
    """Whether a user's file is being read; forms meant for code are then not allowed."""
    return bool(info.context and info.context.get("document"))


def _is_number(raw: Any) -> bool:
    return isinstance(raw, int | float) and not isinstance(raw, bool)
