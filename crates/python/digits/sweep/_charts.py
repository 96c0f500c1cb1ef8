"""Small drawings in SVG, for a page that needs no network and no program to draw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 12, 34
Point = tuple[float, float]


class Chart:
    """Axes with points and lines. `x_log` is for keys whose logarithm is searched."""

    def __init__(
        self, xs: Sequence[float], ys: Sequence[float], *, x_label: str, y_label: str, x_log: bool = False
    ) -> None:
        self._log = x_log
        self._x = _ends([math.log10(x) if x_log else x for x in xs])
        self._y = _ends(ys)
        self._parts = [self._axes(x_label, y_label)]

    def line(self, points: Sequence[Point], kind: str, title: str = "") -> None:
        """A line through points in their order."""
        places = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(self._place, points))
        self._parts.append(f'<polyline class="{kind}" points="{places}">{_title(title)}</polyline>')

    def point(self, point: Point, kind: str, title: str = "") -> None:
        """A dot."""
        x, y = self._place(point)
        self._parts.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4">{_title(title)}</circle>')

    def to_svg(self) -> str:
        """The drawing."""
        return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(self._parts)}</svg>'

    def _place(self, point: Point) -> Point:
        x = math.log10(point[0]) if self._log else point[0]
        across = _LEFT + (x - self._x[0]) / (self._x[1] - self._x[0]) * (WIDTH - _LEFT - _RIGHT)
        down = _TOP + (self._y[1] - point[1]) / (self._y[1] - self._y[0]) * (HEIGHT - _TOP - _BOTTOM)
        return across, down

    def _axes(self, x_label: str, y_label: str) -> str:
        bottom = HEIGHT - _BOTTOM
        parts = [f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{WIDTH - _RIGHT}"/>']
        for value in _ticks(*self._y):
            _, y = self._place((10 ** self._x[0] if self._log else self._x[0], value))
            parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_number(value)}</text>')
            parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>')
        for place in _ticks(*self._x):
            value = 10**place if self._log else place
            x, _ = self._place((value, self._y[0]))
            parts.append(f'<text x="{x:.1f}" y="{bottom + 15}" text-anchor="middle">{_number(value)}</text>')
        middle = (_LEFT + WIDTH - _RIGHT) / 2
        parts.append(f'<text x="{middle}" y="{HEIGHT - 4}" text-anchor="middle">{escape(x_label)}</text>')
        turned = f'x="12" y="{bottom / 2}" transform="rotate(-90 12 {bottom / 2})"'
        parts.append(f'<text {turned} text-anchor="middle">{escape(y_label)}</text>')
        return "".join(parts)


def bars(shares: dict[str, float]) -> str:
    """A bar for each share of 0 to 1, with its name, the longest first."""
    rows = []
    for place, (name, share) in enumerate(sorted(shares.items(), key=lambda item: -item[1])):
        top = 8 + 28 * place
        rows.append(f'<text x="330" y="{top + 14}" text-anchor="end">{escape(name)}</text>')
        rows.append(f'<rect class="bar" x="340" y="{top}" width="{max(1, 300 * share):.1f}" height="18"/>')
        rows.append(f'<text x="{348 + 300 * share:.1f}" y="{top + 14}">{100 * share:.0f} %</text>')
    return f'<svg viewBox="0 0 {WIDTH} {16 + 28 * len(shares)}" role="img">{"".join(rows)}</svg>'


def _title(text: str) -> str:
    return f"<title>{escape(text)}</title>" if text else ""


def _ends(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = 0.04 * (high - low) or 0.5 * abs(high) or 0.5
    return low - margin, high + margin


def _ticks(low: float, high: float) -> list[float]:
    """Four to ten round numbers within."""
    step = 10 ** math.floor(math.log10(high - low))
    step = next(part for part in (step, step / 2, step / 5) if (high - low) / part >= 4)
    first = math.ceil(low / step)
    return [place * step for place in range(first, math.floor(high / step) + 1)]


def _number(value: float) -> str:
    return f"{value:.4g}"
