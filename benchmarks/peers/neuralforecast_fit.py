"""NHITS of neuralforecast on histories: the life left from a window of sensors. Runs in the peer's environment.

python neuralforecast_fit.py TABLE.parquet WEIGHTS STEPS LOOKBACK BATCH    prints seconds of `fit`
(processor time, wall clock) and weights
"""

import logging
import sys
import time
import warnings

warnings.filterwarnings("ignore")
for name in ("pytorch_lightning", "lightning.pytorch", "neuralforecast"):
    logging.getLogger(name).setLevel(logging.ERROR)
import pandas as pd
from neuralforecast import NeuralForecast
from neuralforecast.losses.pytorch import MSE
from neuralforecast.models import NHITS

path, weights, steps, lookback, batch = sys.argv[1], *(int(word) for word in sys.argv[2:6])
frame = pd.read_parquet(path)  # unique_id, ds, y and the sensors
sensors = [name for name in frame.columns if name not in ("unique_id", "ds", "y")]


def made(width):
    return NHITS(
        h=1, input_size=lookback, hist_exog_list=sensors, mlp_units=3 * [[width, width]], loss=MSE(), max_steps=steps,
        learning_rate=1e-3, windows_batch_size=batch, scaler_type="standard", start_padding_enabled=True,
        random_seed=0, enable_progress_bar=False, enable_model_summary=False, logger=False,
        enable_checkpointing=False, accelerator="cpu",
    )  # fmt: skip


def size(model):
    return sum(p.numel() for p in model.parameters())


width = next(w for w in range(8, 4096, 8) if size(made(w)) >= weights)
model = made(width)
began, wall = time.process_time(), time.perf_counter()
NeuralForecast(models=[model], freq=1).fit(df=frame)
print(time.process_time() - began, time.perf_counter() - wall, size(model))
