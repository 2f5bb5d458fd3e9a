#!/bin/sh
# Environments of the peers, each on its own, so that no peer's pins touch ours.
set -eu
cd "$(dirname "$0")"
mkdir -p .envs
make_env() { # name, packages…
    name=$1; shift
    [ -f ".envs/$name/.ready" ] && { echo "$name: there already"; return; }
    python3 -m venv ".envs/$name"
    ".envs/$name/bin/python" -m pip install -q "$@"
    touch ".envs/$name/.ready"
    echo "$name: ready"
}
make_env keras-tensorflow keras tensorflow-cpu
make_env keras-jax keras jax jaxlib
make_env neuralforecast torch==2.13.0 neuralforecast
