# Two commands for a newcomer: `make demo` and `make test`. Each makes the .venv it needs.
PY := .venv/bin/python
BASE := python3
export ANDON_DATA ?= ../shared/data
# Threads of a test must not fight each other for the two cores.
export OMP_NUM_THREADS ?= 1

.PHONY: demo test test-slow check bench coverage clean

.venv/.ready: pyproject.toml constraints.txt
	@test -x $(PY) || $(BASE) -m venv .venv
	@echo "setting up .venv (once; some minutes)"
	@$(PY) -m pip install -q -c constraints.txt torch==2.13.0
	@$(PY) -m pip install -q -c constraints.txt -e '.[dev]'
	@touch $@

demo: .venv/.ready
	.venv/bin/andon demo

test: .venv/.ready
	$(PY) -m pytest -n 2 --dist loadfile

test-slow: .venv/.ready
	$(PY) -m pytest -m slow -n 2 --dist loadfile

check: .venv/.ready
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) -m pytest tests/house tests/plan/test_core_settings.py

coverage: .venv/.ready
	$(PY) -m pytest -n 2 --dist loadfile --cov --cov-report=term:skip-covered

bench: .venv/.ready
	$(PY) -m benchmarks.run_all

clean:
	rm -rf .venv runs demo .pytest_cache .mypy_cache .ruff_cache
