"""The palette can be read by everybody: contrasts of WCAG 2.2 (1.4.3, 1.4.11)."""

import re
from importlib.resources import files

import pytest

TEXT, PARTS = 4.5, 3.0
PAIRS = [
    *((ink, ground, TEXT) for ink in ("ink", "quiet") for ground in ("paper", "surface", "sunken")),
    *((ink, ground, TEXT) for ink in ("accent", "bad") for ground in ("paper", "surface")),
    *(("accent-strong", ground, TEXT) for ground in ("paper", "surface", "sunken")),
    ("accent", "sunken", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-strong", TEXT),
    ("on-bad", "bad", TEXT),
    ("good", "good-ground", TEXT),
    ("bad", "bad-ground", TEXT),
    ("ink", "bad-ground", TEXT),
    ("ink", "sky-high", TEXT),
    *((edge, ground, PARTS) for edge in ("edge", "focus") for ground in ("paper", "surface")),
]


def palettes():
    text = files("lenticular.pages").joinpath("static/lenticular.css").read_text()
    light, dark = (
        dict(re.findall(r"--([\w-]+): #([0-9a-f]{6});", block))
        for block in re.findall(r":root \{(.*?)\}", text, re.DOTALL)
    )
    return {"light": light, "dark": light | dark}


def luminance(colour):
    channels = (int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_published():
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("767676", "ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_a_pair_can_be_told_apart(scheme, ink, ground, least):
    palette = palettes()[scheme]
    assert contrast(palette[ink], palette[ground]) >= least
