"""From planted factors to the columns that were measured on a song, and to those held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tasks.ingest.synthetic.marginals import FEATURE_CURVES, YEAR_CURVE, at
from tasks.ingest.synthetic.styles import FACTORS

SONG_SD: Final = 0.58
EMOTIONS: Final[dict[str, float]] = {
    "joy": 0.38,
    "sadness": 0.31,
    "anger": 0.19,
    "fear": 0.05,
    "love": 0.05,
    "surprise": 0.01,
}
EXPLICIT_SHARE: Final = 0.25
_SAMPLE: Final = 60_000
_SHARES: Final = np.concatenate([[0], 1 / (1 + np.exp(-np.linspace(-9, 9, 601))), [1]])

# How strongly each factor speaks in each column; what is left of a column is noise of its own.
LOADINGS: Final[dict[str, dict[str, float]]] = {
    "tempo": {"drive": 0.3},
    "popularity": {"fame": 0.75},
    "energy": {"drive": 0.65, "unplugged": -0.35, "mood": 0.15},
    "danceability": {"groove": 0.65, "mood": 0.2},
    "positiveness": {"mood": 0.7, "groove": 0.1, "drive": 0.05},
    "speechiness": {"voice": 0.7, "groove": 0.1, "era": 0.15},
    "liveness": {"drive": 0.12},
    "acousticness": {"unplugged": 0.65, "drive": -0.3, "era": -0.1},
    "instrumentalness": {"voice": -0.4, "mood": -0.15, "groove": -0.1},
    "loudness": {"drive": 0.55, "unplugged": -0.3, "era": 0.2},
}

# Correlations of the normal scores behind the columns, a little above the published ones of the
# columns themselves, which their skew brings down. Pairs that are not published are mild guesses.
CORRELATIONS: Final[dict[tuple[str, str], float]] = {
    ("energy", "acousticness"): -0.722,
    ("danceability", "positiveness"): 0.434,
    ("energy", "positiveness"): 0.275,
    ("danceability", "speechiness"): 0.3,
    ("tempo", "energy"): 0.193,
    ("energy", "loudness"): 0.814,
    ("tempo", "acousticness"): -0.169,
    ("energy", "liveness"): 0.163,
    ("acousticness", "danceability"): -0.2,
    ("energy", "speechiness"): 0.096,
    ("energy", "danceability"): 0.059,
    ("acousticness", "positiveness"): -0.136,
    ("instrumentalness", "danceability"): -0.127,
    ("instrumentalness", "positiveness"): -0.226,
    ("instrumentalness", "energy"): -0.081,
    ("instrumentalness", "acousticness"): 0.099,
    ("instrumentalness", "speechiness"): -0.165,
    ("liveness", "danceability"): -0.093,
    ("tempo", "danceability"): -0.102,
    ("tempo", "positiveness"): 0.049,
    ("loudness", "acousticness"): -0.614,
    ("loudness", "instrumentalness"): -0.233,
    ("loudness", "tempo"): 0.158,
    ("loudness", "danceability"): 0.125,
    ("loudness", "positiveness"): 0.233,
    ("loudness", "liveness"): 0.097,
    ("loudness", "speechiness"): 0.075,
    ("speechiness", "acousticness"): -0.136,
    ("popularity", "energy"): -0.032,
    ("popularity", "loudness"): 0.041,
    ("popularity", "danceability"): 0.029,
    ("popularity", "liveness"): -0.048,
}

# How each emotion leans on drive, unplugged, mood, groove, voice, era, fame.
EMOTION_LEANS: Final = np.array(
    [
        [0.1, 0.0, 0.7, 0.2, -0.1, 0.0, 0.0],
        [-0.5, 0.5, -0.6, -0.2, -0.1, 0.0, 0.0],
        [0.7, -0.5, -0.5, 0.1, 0.6, 0.1, 0.0],
        [0.2, 0.0, -0.7, -0.3, -0.2, 0.1, 0.0],
        [-0.4, 0.4, 0.5, 0.1, -0.3, -0.3, 0.0],
        [0.0, 0.0, 0.2, 0.0, 0.2, 0.0, 0.0],
    ]
)
EXPLICIT_LEANS: Final = np.array([0.4, -0.3, -0.3, 0.3, 1.0, 0.5, 0.0])
MAJOR_LEANS: Final = np.array([0.0, 0.4, 0.8, -0.2, -0.4, -0.2, 0.0])
ERA: Final = FACTORS.index("era")


@dataclass(frozen=True)
class FeatureModel:
    """How songs follow from factors, fitted so that the whole catalogue has the asked shares."""

    shift: np.ndarray
    scale: np.ndarray
    noise: np.ndarray  # (columns, columns)
    scores: np.ndarray  # (columns, shares)
    emotion_bias: np.ndarray
    explicit_above: float
    years: np.ndarray

    def standard(self, raw: np.ndarray) -> np.ndarray:
        """Factors with mean 0 and sd 1 over the rows of the catalogue."""
        return np.asarray((raw - self.shift) / self.scale)

    def measure(self, factors: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """The nine features, in whole numbers, and the loudness in hundredths of a decibel."""
        scores = _raw_scores(factors, self.noise, rng)
        measured = {}
        for column, (name, curve) in enumerate(FEATURE_CURVES.items()):
            values = at(curve, np.interp(scores[:, column], self.scores[column], _SHARES))
            measured[name] = (
                values.round(2) if name == "loudness" else np.rint(values).astype(np.int64)
            )
        return measured

    def emotions(self, factors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """For every song the place of its emotion in EMOTIONS."""
        leaning = factors @ EMOTION_LEANS.T + rng.gumbel(size=(len(factors), len(EMOTIONS)))
        return np.asarray((leaning + self.emotion_bias).argmax(axis=1))

    def explicit(self, factors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Whether each song is marked explicit."""
        return _explicit_score(factors, rng) > self.explicit_above

    def release_years(self, factors: np.ndarray) -> np.ndarray:
        """The year, with its fraction, in which each song came out."""
        return at(YEAR_CURVE, np.interp(factors[:, ERA], self.years, _SHARES))


def fit_features(factors: np.ndarray, rows: np.ndarray, rng: np.random.Generator) -> FeatureModel:
    """The model of a catalogue whose artists have these *factors* and *rows*."""
    drawn = rng.choice(len(rows), size=_SAMPLE, p=rows / rows.sum())
    raw = factors[drawn] + SONG_SD * rng.standard_normal((_SAMPLE, len(FACTORS)))
    shift, scale = raw.mean(axis=0), raw.std(axis=0)
    sample = (raw - shift) / scale
    noise = _noise(np.cov(sample.T))
    scores = _raw_scores(sample, noise, rng)
    return FeatureModel(
        shift,
        scale,
        noise,
        np.quantile(scores, _SHARES, axis=0).T,
        _emotion_bias(sample),
        float(np.quantile(_explicit_score(sample, rng), 1 - EXPLICIT_SHARE)),
        np.quantile(sample[:, ERA], _SHARES),
    )


def _noise(covariance: np.ndarray) -> np.ndarray:
    """A root of what the factors leave unexplained of the wanted correlations."""
    loadings = _loadings()
    names = list(FEATURE_CURVES)
    wanted = np.eye(len(names))
    for (one, other), correlation in CORRELATIONS.items():
        row, column = names.index(one), names.index(other)
        wanted[row, column] = wanted[column, row] = correlation
    values, vectors = np.linalg.eigh(wanted - loadings @ covariance @ loadings.T)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0.0, None)))


def _loadings() -> np.ndarray:
    return np.array(
        [[LOADINGS[name].get(factor, 0.0) for factor in FACTORS] for name in FEATURE_CURVES]
    )


def _raw_scores(factors: np.ndarray, noise: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    own = rng.standard_normal((len(factors), len(noise)))
    return np.asarray(factors @ _loadings().T + own @ noise.T)


def _explicit_score(factors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.asarray(factors @ EXPLICIT_LEANS + rng.standard_normal(len(factors)))


def _emotion_bias(factors: np.ndarray) -> np.ndarray:
    """Head starts under which the emotions come out in their shares."""
    leaning = np.exp(factors @ EMOTION_LEANS.T)
    wanted = np.array(list(EMOTIONS.values()))
    wanted = wanted / wanted.sum()
    start = wanted.copy()
    for _ in range(30):
        chances = leaning * start
        got = (chances / chances.sum(axis=1, keepdims=True)).mean(axis=0)
        start *= wanted / got
    return np.asarray(np.log(start))
