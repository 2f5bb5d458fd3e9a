"""The list of claims: name, kind and command. Accuracy runs and timing runs never go at once (see `run_all`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Claim:
    """One script and its arguments. `timing` runs want the machine for themselves."""

    name: str
    kind: Literal["accuracy", "timing", "safety"]
    command: tuple[str, ...]
    what: str


CLAIMS = (
    Claim(
        "mnist",
        "accuracy",
        ("benchmarks/mnist.py",),
        "MNIST: the seed case beside Keras, our default training, convolution",
    ),
    *(
        Claim(
            f"table_{name}",
            "accuracy",
            ("benchmarks/tables.py", "--sets", name),
            f"{name}: 5 folds × 3 seeds (by time: 3 seeds) beside LightGBM and linear models",
        )
        for name in ("concrete", "plates", "power_plant", "ai4i", "secom", "secom_time", "secom_blocks", "steel_energy")
    ),
    Claim(
        "foreign_tables",
        "accuracy",
        ("benchmarks/foreign_tables.py",),
        "Tables that nothing was chosen on: default plans beside LightGBM and linear models, one split a seed",
    ),
    Claim(
        "optimizers",
        "accuracy",
        ("benchmarks/optimizers.py",),
        "Automatic optimiser and learning rate beside AdamW at 1e-3",
    ),
    Claim("curves", "accuracy", ("benchmarks/optimizer_curves.py",), "Curves of every optimiser, for the docs page"),
    Claim(
        "coverage",
        "accuracy",
        ("benchmarks/interval_coverage.py",),
        "Bootstrap intervals: how often they hold the truth",
    ),
    Claim("gap", "accuracy", ("benchmarks/gap_words.py",), "Fits, overfits, underfits: how often the words are right"),
    Claim("drivers", "accuracy", ("benchmarks/drivers.py",), "Attributions on the simulator: true drivers on top"),
    Claim("seed_speed", "timing", ("benchmarks/seed_loop.py",), "The seed case: an epoch beside a bare loop"),
    Claim(
        "keras_speed", "timing", ("benchmarks/seed_peers.py",), "The seed case: an epoch beside Keras and a DataLoader"
    ),
    Claim("members", "timing", ("benchmarks/members.py",), "Members at once against one after the other"),
    Claim(
        "scan",
        "timing",
        ("benchmarks/scan_tables.py",),
        "10 M and 30 M rows: summary, checks, clean and scale beside a bare scan",
    ),
    Claim("predict_speed", "timing", ("benchmarks/predict_speed.py",), "Answers: one row, a thousand rows, start-up"),
    Claim("size", "timing", ("benchmarks/size_plans.py",), "`andon size` against what six plans really took"),
    Claim("kills", "safety", ("benchmarks/kills.py", "--kills", "200"), "kill -9 at random times: equal bits"),
    Claim("mutations", "safety", ("benchmarks/mutate_records.py",), "2,000 mutated files per reader"),
    Claim("picture_mutations", "safety", ("benchmarks/mutate_pictures.py",), "2,000 mutated pictures per format"),
    Claim("near_copies", "accuracy", ("benchmarks/near_copies.py",), "Pictures of one spot, as `check` finds them"),
    Claim(
        "many_pictures", "timing", ("benchmarks/many_pictures.py",), "100,000 pictures in one run: seconds and memory"
    ),
    Claim(
        "large_pictures", "accuracy", ("benchmarks/large_pictures.py",), "Small defects on pictures of 4,000 x 3,000"
    ),
    Claim(
        "series_checks", "accuracy", ("benchmarks/series_checks.py",), "Faults of sensors and clocks: found, and false"
    ),
    Claim("wrong_labels", "accuracy", ("benchmarks/wrong_labels.py",), "Wrong labels: 5 % of NEU's changed, and found"),
    Claim(
        "defect_classes",
        "accuracy",
        ("benchmarks/defect_classes.py", "--sets", "neu", "neu_20", "xsdd"),
        "Defects on pictures, from random weights: NEU and X-SDD in folds, NEU with twenty per class",
    ),
    Claim("defect_rivals", "accuracy", ("benchmarks/defect_rivals.py",), "The same pictures by texture and by HOG"),
    Claim("surface_anomalies", "accuracy", ("benchmarks/surface_anomalies.py",), "Anomalies from good parts alone"),
    Claim("several_kinds", "accuracy", ("benchmarks/several_kinds.py",), "Picture and values against either alone"),
    Claim("picture_speed", "timing", ("benchmarks/picture_speed.py",), "Pictures: epochs, answers, first reading"),
    Claim(
        "remaining_life",
        "accuracy",
        ("benchmarks/remaining_life.py",),
        "C-MAPSS FD001 to FD003, five seeds, beside LightGBM",
    ),
    Claim(
        "history_families",
        "accuracy",
        ("benchmarks/families.py",),
        "Kinds of network over histories: C-MAPSS FD001 and FD003, training engines held out, the network alone",
    ),
    Claim(
        "censored_lives",
        "accuracy",
        ("benchmarks/censored_lives.py",),
        "Censored lives used against dropped; what acting on safe_until costs",
    ),
    Claim("broken_histories", "safety", ("benchmarks/broken_histories.py",), "42 broken and odd histories"),
    Claim("window_speed", "timing", ("benchmarks/window_speed.py",), "Windows: an epoch, training, memory"),
    Claim("series_fit", "timing", ("benchmarks/series_fit.py",), "A whole fit of histories beside neuralforecast"),
    Claim(
        "base_install", "safety", ("benchmarks/base_install.py",), "The base install alone answers from the demo's run"
    ),
    Claim("broken", "safety", ("benchmarks/broken_inputs.py",), "60 ways to feed it something broken"),
    Claim(
        "broken_pictures",
        "safety",
        ("benchmarks/broken_pictures.py",),
        "Broken pictures, archives, layouts and settings: each a sentence",
    ),
    Claim("stream_speed", "timing", ("benchmarks/stream_speed.py",), "Streams: one row, a thousand units at once"),
    Claim(
        "stream_kills", "safety", ("benchmarks/stream_kills.py", "--kills", "200"), "A followed file killed 200 times"
    ),
    Claim("stream_equal", "accuracy", ("benchmarks/stream_equal.py",), "Streams and tables: the largest difference"),
)
