# make demo    try it: a therapist, a client and an appointment that starts now, on localhost
# make test    everything a change must pass, browser included
# make help    the rest

PORT ?= 8080
VENV := .venv
PYTHON := $(VENV)/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test check unit browser simulate bench screenshots texts lock clean help

demo: $(VENV)/run.stamp  ## set everything up and start the service on http://localhost:8080
	@$(PYTHON) -m videocall demo --port $(PORT)

test: $(VENV)/test.stamp  ## install what is needed (browser included) and run every test
	@deploy/setup browser
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@$(PYTHON) -m mypy
	@$(PYTHON) -m pytest

check: $(VENV)/test.stamp  ## lint and types alone
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy

unit: $(VENV)/test.stamp  ## the tests without a browser
	$(PYTHON) -m pytest -m "not browser"

browser: $(VENV)/test.stamp  ## the tests with a browser alone
	$(PYTHON) -m pytest -m browser

simulate: $(VENV)/test.stamp  ## ten thousand seeded worlds (SEEDS=10000)
	$(PYTHON) -m tests.signalling.simulator --seeds $(or $(SEEDS),10000)

bench: $(VENV)/test.stamp  ## signalling against PeerJS, the relay against coturn, slots against rrule
	$(PYTHON) -m benchmarks.signalling
	$(PYTHON) -m benchmarks.relay
	$(PYTHON) -m benchmarks.relay --bridges-churn 100000
	$(PYTHON) -m benchmarks.slots

texts: $(VENV)/test.stamp  ## find every text that people read and write it into the catalogues
	$(PYTHON) -m tests.texts

lock: $(VENV)/test.stamp  ## write down the versions that are installed now
	$(PYTHON) -m pip freeze --exclude-editable > requirements.lock

clean:  ## remove what was set up
	rm -rf $(VENV) demo

help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(VENV)/bin/python:
	@deploy/setup venv $(VENV)

$(VENV)/run.stamp: pyproject.toml requirements.lock | $(VENV)/bin/python
	@deploy/setup packages $(PYTHON) .
	@touch $@

$(VENV)/test.stamp: pyproject.toml requirements.lock | $(VENV)/bin/python
	@deploy/setup packages $(PYTHON) ".[test]"
	@touch $@ $(VENV)/run.stamp
