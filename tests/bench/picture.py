"""Line charts as SVG, written by hand: panels side by side over one kind of x, which grows by factors.

Each has its own background, and both a light and a dark face, so that it can be read on any page.
"""

import math
import typing
from xml.sax.saxutils import escape

WIDTH, GAP, PANEL_HEIGHT = 720, 16, 236
HEAD, LEGEND, LEFT, RIGHT, BOTTOM = 34, 18, 46, 10, 40
NOTE_LINE = 15
INSET = 16  # between the edges of a panel and its first and last point

STYLE = """
  text { font: 11px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #57606a }
  .title { font-size: 15px; font-weight: 600; fill: #1f2328 }
  .name { font-size: 12px; font-weight: 600; fill: #1f2328 }
  .paper { fill: #ffffff; stroke: #d0d7de }
  .grid { stroke: #e4e8ec } .axis { stroke: #8c959f }
  .s0 { stroke: #0969da } .s1 { stroke: #bc4c00 }
  .m0 { fill: #0969da } .m1 { fill: #bc4c00 }
  .line { fill: none; stroke-width: 2 } .spread { stroke-width: 5; stroke-opacity: .3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #9ea7b3 }
    .title, .name { fill: #f0f3f6 }
    .paper { fill: #0d1117; stroke: #3d444d }
    .grid { stroke: #262c36 } .axis { stroke: #7a828e }
    .s0 { stroke: #58a6ff } .s1 { stroke: #f0883e }
    .m0 { fill: #58a6ff } .m1 { fill: #f0883e }
  }
"""


class Series(typing.NamedTuple):
    name: str
    points: list  # (x, low, middle, high), by x


class Panel(typing.NamedTuple):
    name: str  # what is drawn, with its unit
    series: list  # at most two
    by_factors: bool = False  # y grows by factors as well; else it begins at 0


def short(value):
    """2500000 is 2.5M."""
    for unit, sign in ((1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:.3g}{sign}"
    return f"{value:.3g}"


def steps(highest):
    """Round numbers from 0 to at least `highest`, about five of them."""
    raw = max(highest, 1e-9) / 4
    power = 10 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    return [step * number for number in range(math.ceil(highest / step - 1e-9) + 1)]


def factors(lowest, highest):
    """Powers of ten around both, and what lies between them where there are few."""
    low, high = math.floor(math.log10(lowest)), math.ceil(math.log10(highest))
    high = max(high, low + 1)
    powers = [10.0 ** power for power in range(low, high + 1)]
    if len(powers) > 3:
        return powers
    found = [power * factor for power in powers[:-1] for factor in (1, 2, 5)] + powers[-1:]
    first = max(tick for tick in found if tick <= lowest)
    last = min(tick for tick in found if tick >= highest)
    return [tick for tick in found if first <= tick <= last]


def scale(low, high, begin, end, by_factors):
    """A function from values to places."""
    measure = math.log10 if by_factors else float
    span = measure(high) - measure(low)
    if not span:
        return lambda _: (begin + end) / 2
    return lambda value: begin + (measure(value) - measure(low)) / span * (end - begin)


def line(kind, x1, y1, x2, y2):
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def text(x, y, words, kind="", anchor="start"):
    kind = f' class="{kind}"' if kind else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def marker(number, x, y):
    """A disc, or a square: not by the colour alone."""
    if number == 0:
        return f'<circle class="m0" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
    return f'<rect class="m1" x="{x - 3.2:.1f}" y="{y - 3.2:.1f}" width="6.4" height="6.4"/>'


def draw_panel(panel, x_name, left, top, width):
    """The elements of one panel, whose frame begins at (left, top)."""
    begin, end = left + LEFT, left + width - RIGHT
    ceiling, floor = top + HEAD + LEGEND, top + PANEL_HEIGHT - BOTTOM
    values = [value for series in panel.series for point in series.points for value in point[1:]]
    ticks = factors(min(values), max(values)) if panel.by_factors else steps(max(values))
    xs = sorted({point[0] for series in panel.series for point in series.points})
    across = scale(xs[0], xs[-1], begin + INSET, end - INSET, True)
    up = scale(ticks[0], ticks[-1], floor, ceiling, panel.by_factors)

    out = [text(left + 4, top + 22, panel.name, "name")]
    for tick in ticks:
        out += [line("grid", begin, up(tick), end, up(tick)),
                text(begin - 6, up(tick) + 4, short(tick), anchor="end")]
    free = math.inf  # labels go from the right to the left, as far as there is room
    for x in reversed(xs):
        out.append(line("grid", across(x), ceiling, across(x), floor))
        half = 3.5 * len(short(x))
        if across(x) + half < free:
            out.append(text(across(x), floor + 15, short(x), anchor="middle"))
            free = across(x) - half - 3
    out += [line("axis", begin, floor, end, floor), line("axis", begin, ceiling, begin, floor),
            text((begin + end) / 2, floor + 31, x_name, anchor="middle")]
    beside = begin
    for number, series in enumerate(panel.series):
        if len(panel.series) > 1:
            key = top + HEAD + 4
            out += [line(f"line s{number}", beside, key, beside + 20, key), marker(number, beside + 10, key),
                    text(beside + 26, key + 4, series.name)]
            beside += 44 + 6.5 * len(series.name)
        way = " ".join(f"{across(x):.1f},{up(middle):.1f}" for x, _, middle, _ in series.points)
        out += [line(f"spread s{number}", across(x), up(low), across(x), up(high))
                for x, low, _, high in series.points if low != high]
        out.append(f'<polyline class="line s{number}" points="{way}"/>')
        out += [marker(number, across(x), up(middle)) for x, _, middle, _ in series.points]
    return out


def draw(title, x_name, panels, notes):
    """The text of an SVG file: two panels a row, the notes below. A panel without a point is left out."""
    panels = [panel for panel in panels if any(series.points for series in panel.series)]
    rows = -(-len(panels) // 2)
    top, width = 40, (WIDTH - 3 * GAP) / 2
    below = top + rows * PANEL_HEIGHT
    height = below + len(notes) * NOTE_LINE + 20
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
           f' viewBox="0 0 {WIDTH} {height}" role="img">', f"<title>{escape(title)}</title>",
           f"<style>{STYLE}</style>",
           f'<rect class="paper" x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="6"/>',
           text(GAP + 4, 28, title, "title")]
    for number, panel in enumerate(panels):
        out += draw_panel(panel, x_name, GAP + number % 2 * (width + GAP),
                          top + number // 2 * PANEL_HEIGHT, width)
    out += [text(GAP + 4, below + 16 + number * NOTE_LINE, note) for number, note in enumerate(notes)]
    return "\n".join(out) + "\n</svg>\n"
