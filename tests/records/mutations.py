"""One good file per reader, and what can happen to its bytes. `benchmarks/mutate_records.py` uses it, too."""

from __future__ import annotations

import gzip
import io
import random
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

ROWS = 60
SPECIAL = (b'"', b"\n", b",", b"\0", b"\xff", b"\xe7", b"{")
NUMBERS = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b'"\n,;')


def _bytes(write: Callable[[Any], Any]) -> bytes:
    """What a writer writes."""
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def seeds() -> dict[str, bytes]:
    """One good file per reader, by its name."""
    frame = pl.DataFrame(
        {
            "time": [f"{1 + i % 28}/1/2024 08:0{i % 9}" for i in range(ROWS)],
            "temp": [i + 0.5 for i in range(ROWS)],
            "note": [f'a "quoted", 班{i}\nline' for i in range(ROWS)],
        }
    )
    nested = frame.with_columns(w=pl.concat_list("temp", "temp"))
    text = frame.write_csv()
    pictures = np.zeros((20, 4, 4), np.uint8)
    return {
        "t.parquet": _bytes(nested.write_parquet),
        "t.arrow": _bytes(nested.write_ipc),
        "z.arrow": _bytes(lambda buffer: nested.cast({"note": pl.Categorical}).write_ipc(buffer, compression="zstd")),
        "z.arrows": _bytes(lambda buffer: nested.write_ipc_stream(buffer, compression="lz4")),
        "t.arrows": _bytes(nested.write_ipc_stream),
        "t.jsonl": _bytes(nested.write_ndjson),
        "t.csv": text.encode(),
        "t.csv.gz": gzip.compress(text.encode()),
        "g.csv": text.encode("gb18030"),
        "u.csv": text.encode("utf-16"),
        "t.npy": _bytes(lambda buffer: np.save(buffer, np.arange(60.0).reshape(20, 3))),
        "t.npz": _bytes(lambda buffer: np.savez_compressed(buffer, a=np.arange(20), b=pictures)),
        "t-images-idx3-ubyte": b"\0\0\x08\x03" + struct.pack(">3I", 9, 4, 4) + bytes(144),
        "t-labels-idx1-ubyte.gz": gzip.compress(b"\0\0\x08\x01" + struct.pack(">I", 50) + bytes(50)),
    }


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Bits flipped, pieces cut, doubled or overwritten, once or many times."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        if not data:
            break
        place, length = rng.randrange(len(data)), rng.choice((1, 2, 4, 8, 64, 500))
        how = rng.randrange(7)
        if how == 0:
            data[place] ^= 1 << rng.randrange(8)
        elif how == 1:
            data[place : place + length] = rng.randbytes(min(length, len(data) - place))
        elif how == 2:
            del data[place : place + length]
        elif how == 3:
            data[place:place] = data[place : place + length]
        elif how == 4:
            del data[place:]
        elif how == 5:
            data[place : place + 4] = rng.choice(NUMBERS)
        else:
            data[place : place + 1] = rng.choice(SPECIAL)
    return bytes(data)
