"""The seed's program in Keras 3: 784-128-relu-10, Adam, batches of 32, five epochs. Runs in the peer's environment.

python keras_seed.py FOLDER SEED BACKEND [BATCH] [EPOCHS]    prints accuracy, seconds (and per epoch to stderr)
"""

import gzip
import os
import sys
import time

os.environ["KERAS_BACKEND"] = sys.argv[3]
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np


def idx(path):
    with gzip.open(path) as file:
        data = file.read()
    size = data[3]
    shape = np.frombuffer(data, ">u4", size, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * size).reshape(shape)


folder, seed = sys.argv[1], int(sys.argv[2])
batch = int(sys.argv[4]) if len(sys.argv) > 4 else 32
epochs = int(sys.argv[5]) if len(sys.argv) > 5 else 5
keras.utils.set_random_seed(seed)
x, y = idx(f"{folder}/train-images-idx3-ubyte.gz") / np.float32(255), idx(f"{folder}/train-labels-idx1-ubyte.gz")
xt, yt = idx(f"{folder}/t10k-images-idx3-ubyte.gz") / np.float32(255), idx(f"{folder}/t10k-labels-idx1-ubyte.gz")
model = keras.Sequential(
    [keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(128, activation="relu"), keras.layers.Dense(10)]
)
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
laps = []
for _ in range(epochs):
    began = time.perf_counter()
    model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
    laps.append(time.perf_counter() - began)
print(*[f"{lap:.3f}" for lap in laps], file=sys.stderr)
print(model.evaluate(xt, yt, verbose=0, batch_size=1000)[1], sum(laps))
