# Every command sets up what it needs; a second run finds it there and works offline.

PYTHON := .venv/bin/python
# What the soak's mutants are drawn by: make soak SEED=8 draws others.
SEED := 7
# Most tests wait for processes of their own, so two cores carry six of them; a file is one worker's, who plays its day once.
AT_ONCE := 6
# Sockets need short paths, so the tests' files lie in the system's place for such, until they end.
IN_SCRATCH = scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT &&
# Hundreds of processes of ours begin in the tests: what the first has compiled is kept for the others, whatever this
# machine's habit is.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-peers test-pi soak soak-pi lint contracts artifacts forge analyse symbolic mutate bench audit bundle wheels setup machine clean help

demo: setup  ## a street of four homes on this machine, a whole day | 2.5 minutes
	$(PYTHON) -m village

test: setup  ## lint, contracts, and every test | 16 minutes on two cores
	$(MAKE) --no-print-directory --output-sync -j 2 forge lint artifacts
	@# At a first run each worker would compile all tests for itself.
	@ls tests/__pycache__/conftest.*-pytest-*.pyc >/dev/null 2>&1 || $(PYTHON) -m pytest --collect-only >/dev/null || true
	$(IN_SCRATCH) $(PYTHON) -m pytest -n $(AT_ONCE) --dist loadfile --no-loadscope-reorder \
		--basetemp="$$scratch/pytest"

soak: setup  ## the long ones: more events, more runs, proofs, drawn mutants | a night
	@tools/setup.sh chains
	$(IN_SCRATCH) PEERWATT_SOAK=1 $(PYTHON) -m pytest -n 2 --timeout 7200 \
		--basetemp="$$scratch/pytest"
	cd contracts && FOUNDRY_PROFILE=soak tools/forge test
	cd contracts && ../$(PYTHON) tools/coverage.py
	$(MAKE) symbolic
	$(MAKE) mutate MUTATE="--seed $(SEED) --count 300"
	$(PYTHON) -m bench memory

# Other people's programs, of pinned versions in a Debian of their own, against ours: a real Home Assistant.
test-peers: setup  ## a real Home Assistant finds a home, and loses no kWh (root) | 10 minutes, then 3
	@tools/setup.sh peers
	$(IN_SCRATCH) $(PYTHON) -m pytest tests/peers -m peers -v --basetemp="$$scratch/pytest"

# A whole machine, emulated, as root: installed from a bundle, restarted, and its power cut twice.
test-pi: machine  ## a whole Pi, emulated: installed, restarted, its power cut twice (root) | 20 minutes
	$(IN_SCRATCH) $(PYTHON) -m pytest tests/machine/test_life.py -m machine -v -s -x \
		--basetemp="$$scratch/pytest"

# The same with twenty cuts; programs that hang; then upgraded, rolled back, uninstalled and purged.
soak-pi: machine  ## the same with twenty cuts; programs that hang; other versions (root) | hours
	$(IN_SCRATCH) PEERWATT_SOAK=1 $(PYTHON) -m pytest tests/machine -m machine -v -s \
		--basetemp="$$scratch/pytest"

lint: setup  ## ruff, mypy and shellcheck; each word of the page in each language | half a minute
	$(PYTHON) tools/lock.py --check
	$(PYTHON) tools/languages.py --check
	.venv/bin/shellcheck -x -a install.sh install/peerwatt install/broker_commands.sh tools/*.sh tests/machine/guest/*.sh \
		.ci/run
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy

# Builds the contracts, proves that the committed artifacts come from the sources, and tests them.
contracts: artifacts forge  ## both of the next two | 2 minutes

artifacts: setup  ## the contracts' formatting, and their artifacts against their sources | half a minute
	cd contracts && tools/forge fmt --check
	cd contracts && ../$(PYTHON) tools/lock.py --check
	cd contracts && ../$(PYTHON) tools/artifacts.py --check
	cd contracts && tools/forge lint

forge: setup  ## forge's tests of the contracts | 2 minutes
	cd contracts && tools/forge test

# The analyser wants other versions of our libraries, so it has an environment of its own.
analyse: setup  ## a static analyser over the contracts | 2 minutes
	[ -x .run/analysis/bin/slither ] || { python3 -m venv .run/analysis && \
		.run/analysis/bin/pip install -q slither-analyzer==0.11.6; }
	cd contracts && HOME="$$PWD/../.run" PATH="$$PWD/tools:$$PATH" ../.run/analysis/bin/slither .

# Proves contracts/test/symbolic for all values at once; the prover too has an environment of its own.
symbolic: setup  ## proofs about the contracts, for all values | 10 minutes
	[ -x .run/symbolic/bin/halmos ] || { python3 -m venv .run/symbolic && \
		.run/symbolic/bin/pip install -q halmos==0.3.3; }
	cd contracts && HOME="$$PWD/../.run" PATH="$$PWD/tools:$$PWD/../.run/symbolic/bin:$$PATH" \
		../.run/symbolic/bin/halmos --function check_ --no-status

# Changes the contracts one small piece at a time, on copies: a test has to notice. Takes up what changed since the last
# run; all of it takes a night. make mutate MUTATE="--seed 7 --count 50 --append" runs so many more.
mutate: setup  ## changes the contracts piece by piece: some test has to notice | a night
	$(PYTHON) -m tools.mutation $(MUTATE)

bench: setup  ## each bench in turn | 2 to 3 hours
	for name in loop relay gas welfare startup memory storage page forecast community utility; do $(PYTHON) -m bench $$name || exit 1; done

# Asks the public database for known vulnerabilities; says so and goes on where it cannot be reached.
audit:  ## asks the public database for known vulnerabilities | half a minute
	@tools/audit.sh

# A directory from which install.sh needs no network: make bundle ARCH=aarch64 PYTHON=3.13
bundle: setup  ## a directory from which install.sh needs no network | 1.5 minutes
	.venv/bin/python tools/bundle.py $(if $(ARCH),--arch $(ARCH)) $(if $(filter-out .venv/bin/python,$(PYTHON)),--python $(PYTHON))

# Every package that a Pi runs has a wheel for it, so none is compiled there.
wheels: setup  ## every package that a Pi runs has a wheel for it | 1.5 minutes
	$(PYTHON) tools/bundle.py --check

setup:  ## what the others need; they call it themselves | 2 minutes, once
	@tools/setup.sh

machine:  ## what test-pi and soak-pi need; they call it themselves (root) | 2 minutes, once
	@tools/setup.sh machine

clean:  ## away with all that setting up and running has made | seconds
	rm -rf .venv .run contracts/node_modules contracts/out contracts/cache tests/*/node_modules

help:  ## this list | no time
	@echo "make TARGET, about how long it takes once all is set up, and what it does:"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\) | \(.*\)$$/\1|\3|\2/p' $(firstword $(MAKEFILE_LIST)) | \
		while IFS='|' read -r name long what; do printf '  %-12s%-25s%s\n' "$$name" "$$long" "$$what"; done
