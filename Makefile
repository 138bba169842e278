# Two commands for a new user: `make demo` and `make test`. Both set up their own environment first.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PINS := $(shell { cat constraints.txt; sed -n '/^\[project\]/,/^\[project.scripts\]/p' pyproject.toml; } | sha256sum | cut -c1-16)
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.pins-$(PINS)
OUT ?= out/demo
KERNELS := factory/navigation/__pycache__/.compiled

.PHONY: demo test lint setup system bench format print-pins clean

demo: setup $(KERNELS)
	$(BIN)/navfoundry generate recipes/demo.toml --out $(OUT)

test: lint $(KERNELS)
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

bench: setup
	$(BIN)/pip install -q -c constraints.txt -e '.[bench]'
	$(BIN)/python -m benchmarks.$(NAME)

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

setup: system $(READY)
	@# A kept environment may have served another checkout: point it at this one.
	@$(BIN)/python -P -c "import pathlib, sys, schemas; sys.exit(pathlib.Path(schemas.__file__).parents[1] != pathlib.Path.cwd())" 2>/dev/null \
	  && test -x $(BIN)/navfoundry \
	  || $(BIN)/pip install -q --no-deps --no-build-isolation -e .

$(READY):
	$(PYTHON) -c "import sys; sys.exit('navfoundry needs Python 3.11 (bpy 4.2 has wheels for no other), this is ' + sys.version.split()[0] + '; run: make PYTHON=/path/to/python3.11') if sys.version_info[:2] != (3, 11) else None"
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -U -c constraints.txt pip setuptools
	$(BIN)/pip install -q -c constraints.txt --no-build-isolation -e '.[render,dev]'
	touch $@

# Compiled once here, so that two workers need not compile the same kernels at the same time.
$(KERNELS): $(wildcard factory/navigation/*.py) | setup
	$(BIN)/python -c "from factory.navigation import warm_up; warm_up()"
	touch $@

# System libraries that Blender and Open3D load; installed where we may, named where we may not.
system:
	@missing=$$($(PYTHON) -m factory.observe.system_libraries) || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing; \
	  else \
	    echo "missing system libraries; run: sudo apt-get install -y" $$missing; exit 1; \
	  fi; }

print-pins:
	@echo $(PINS)

clean:
	rm -rf $(VENV) out build *.egg-info
