# Each target makes .venv itself where it is missing; PYTHON names another interpreter for it.
VENV := .venv/.complete
BIN := .venv/bin
DEMO := build/demo
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help demo test check serve bench bench-night bench-temporal bench-cold bench-value bench-loop bench-market bench-serving bench-overload bench-swaps bench-worlds format clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV): pyproject.toml constraints.txt scripts/setup
	scripts/setup

demo: $(VENV) ## simulate a marketplace, train two nights, serve it and ask it both ways
	rm -rf $(DEMO)
	$(BIN)/recsys demo $(DEMO)

# One thread for linear algebra in each of the two processes: those of both would wait for one another.
test: $(VENV) ## all tests but the slow ones
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV) ## ruff, mypy --strict, import-linter
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

serve: $(VENV) ## serve the demo's champion on http://127.0.0.1:8000
	test -e $(DEMO)/home/releases/champion || $(MAKE) demo
	$(BIN)/recsys serve --home $(DEMO)/home

bench: $(VENV) ## convert the real data sets and train on each (docs/results.md)
	$(BIN)/python -m benchmarks.nightly build/bench

bench-night: $(VENV) ## seconds by stage, peak memory and release size of nights in markets of three sizes
	$(BIN)/python -m benchmarks.night build/bench $(if $(BESIDE),--beside $(BESIDE))

bench-temporal: $(VENV) ## the recipe against tuned peers on the temporal splits of the real data
	$(BIN)/python -m benchmarks.temporal build/bench

bench-cold: $(VENV) ## the recipe for creators and products whose history is hidden
	$(BIN)/python -m benchmarks.cold build/bench

bench-value: $(VENV) ## is what the value model tells true, and do its lists earn more
	$(BIN)/python -m benchmarks.value build/bench

bench-loop: $(VENV) ## policies side by side in a simulated market that learns from their lists
	$(BIN)/python -m benchmarks.loop build/bench

bench-market: $(VENV) ## are plans near the best there is, and lists right together
	$(BIN)/python -m benchmarks.together build/bench

bench-serving: $(VENV) ## what answers cost beside an empty route, and how soon a sale is known
	test -e $(DEMO)/home/releases/champion || $(MAKE) demo
	$(BIN)/python -m benchmarks.serving build/bench --home $(DEMO)/home

bench-overload: $(VENV) ## answers at half of the peak, and at ten times it
	test -e $(DEMO)/home/releases/champion || $(MAKE) demo
	$(BIN)/python -m benchmarks.overload build/bench --home $(DEMO)/home

bench-swaps: $(VENV) ## releases swapped a hundred times under load
	test -e $(DEMO)/home/releases/champion || $(MAKE) demo
	$(BIN)/python -m benchmarks.swaps build/bench --home $(DEMO)/home

bench-worlds: $(VENV) ## is what is told true, and do lists earn, in a family of simulated worlds
	$(BIN)/python -m benchmarks.worlds build/bench

format: $(VENV) ## rewrite the code as ruff formats it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove what was built, but not .venv
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
