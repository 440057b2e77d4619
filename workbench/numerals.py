"""Numbers as people read them: the one place that rounds a result, for screens, reports and
commands alike. Whoever goes on computing takes the unrounded number from the record or its JSON.
"""

from __future__ import annotations

from workbench.stats import ALPHA, Interval

_DIGITS_OF_P = 3


def count(n: int) -> str:
    """'50,000'."""
    return f"{n:,}"


def percent(share: float) -> str:
    """'41.1%'; '−2.9%' where it is adjusted for chance and below it."""
    return f"{_with_minus(f'{100 * share:.1f}')}%"


def percent_interval(interval: Interval) -> str:
    """'[32.4%, 50.3%]'."""
    return f"[{percent(interval.low)}, {percent(interval.high)}]"


def points(difference: float) -> str:
    """A difference of shares in percentage points, with its sign: '+8.3', '−2.0', '0.0'."""
    return _with_minus(f"{100 * difference:+.1f}")


def points_interval(interval: Interval) -> str:
    """'[−2.1, +8.0]'."""
    return f"[{points(interval.low)}, {points(interval.high)}]"


def size_in_points(size: float) -> str:
    """A difference regardless of its direction: '13.7'."""
    return f"{100 * size:.1f}"


def p_value(p: float) -> str:
    """'p = 0.043', or 'p < 0.001'.

    Rounding never moves a p-value onto the level it is held against: 0.0498 would read as 0.050,
    beside a verdict that says it is below.
    """
    if p < 10**-_DIGITS_OF_P:
        return f"p < {10**-_DIGITS_OF_P}"
    digits = _DIGITS_OF_P
    while p != ALPHA and f"{p:.{digits}f}" == f"{ALPHA:.{digits}f}":
        digits += 1
    return f"p = {p:.{digits}f}"


def decimal(value: float) -> str:
    """A measure on a scale of its own, such as a Brier score: '0.183'."""
    return f"{value:.3f}"


def rate(per_second: float) -> str:
    """'12.4'."""
    return f"{per_second:,.1f}"


def seconds(value: float) -> str:
    """Hundredths under ten seconds, whole seconds from there."""
    return f"{value:.2f}" if value < 10 else whole_seconds(value)


def whole_seconds(value: float) -> str:
    """A wait that is still counting up."""
    return f"{value:.0f}"


def whole_minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f}"


def hours(seconds: float) -> str:
    """'2.5'."""
    return f"{seconds / 3600:.1f}"


def ratio(value: float) -> str:
    """How many times as much: '5.70'."""
    return f"{value:.2f}"


def gigabytes(size: float) -> str:
    """Tenths under ten, whole ones from there: '7.8 GB', '141 GB'."""
    return f"{size:.1f} GB" if size < 10 else f"{size:.0f} GB"


def percent_tick(share: float) -> str:
    """A mark on an axis of shares: '25'."""
    return f"{100 * share:.0f}"


def points_tick(difference: float) -> str:
    """A mark on an axis of differences: '−20', '0', '+20'."""
    return _with_minus(f"{100 * difference:+.0f}")


def _with_minus(text: str) -> str:
    """With a minus sign where a hyphen stands for one, and no sign before a zero."""
    return text.replace("-", "−") if text.strip("+-0.") else text.lstrip("+-")
