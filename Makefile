# make demo    try it: a therapist, a client and an appointment that starts now, on localhost
# make test    everything a change must pass, browser included
# make help    the rest

PORT ?= 8080
VENV := .venv
PYTHON := $(VENV)/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test check unit browser programs explore simulate bench texts lock clean help

demo: $(VENV)/run.stamp  ## set everything up and start the service on http://localhost:8080
	@$(PYTHON) -m videocall demo --port $(PORT)

test: | $(VENV)/bin/python  ## install what is needed (browser included) and run every test
	@$(MAKE) --no-print-directory -j2 $(VENV)/test.stamp programs
	@$(MAKE) --no-print-directory -j2 -k --output-sync browser check unit

check: $(VENV)/test.stamp  ## lint and types alone
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy

# hypothesis' own profile "ci" draws the same examples each time: no change fails by luck.
unit: $(VENV)/test.stamp  ## the tests without a browser
	$(PYTHON) -m pytest -m "not browser" --hypothesis-profile=ci

browser: $(VENV)/test.stamp programs  ## the tests with a browser alone
	$(PYTHON) -m pytest -m browser

programs:
	@deploy/setup browser

explore: $(VENV)/test.stamp  ## what holds for every example, on fresh ones (ROUNDS=20)
	@for round in $$(seq $(or $(ROUNDS),20)); do $(PYTHON) -m pytest -m hypothesis || exit 1; done

simulate: $(VENV)/test.stamp  ## ten thousand seeded worlds (SEEDS=10000)
	$(PYTHON) -m tests.signalling.simulator --seeds $(or $(SEEDS),10000)

bench: $(VENV)/test.stamp  ## signalling against PeerJS, the relay against coturn, slots against rrule
	$(PYTHON) -m benchmarks.signalling
	$(PYTHON) -m benchmarks.relay
	$(PYTHON) -m benchmarks.relay --storm
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
