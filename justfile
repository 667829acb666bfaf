# What there is to do here. On a machine without the task runner, ./just stands in for just.

# List the tasks
default:
    @{{ just_executable() }} --justfile {{ justfile() }} --list --unsorted

# Try it: set up, build, boot VMs and run real commands in them on this checkout
demo: setup
    @scripts/build.sh
    @scripts/demo.sh

# Run every test, or those whose names contain NAME
test *NAME: setup
    @scripts/test.sh {{ NAME }}

# Get what building takes and cargo doesn't bring
setup:
    @scripts/setup.sh

# Build everything, or only: kernel, image, native
build *PART: setup
    @scripts/build.sh {{ PART }}

# Drive the kernel from Node.js alone, as another embedder would
second-embedder: setup
    @scripts/second-embedder.sh

# Check formatting and lints
lint: setup
    @scripts/lint.sh

# Format
fmt:
    cargo fmt --all
    cargo fmt --all --manifest-path guests/Cargo.toml

# Run public test suites in VMs and keep score: all, or SUITE…, SUITE/UNIT…, and options (--help tells)
conformance *ARGS: setup
    @scripts/conformance.sh {{ ARGS }}

# Run real programs with node in VMs and with the real Node, and compare: all, or those whose names begin with NAME
node-programs *NAME: setup
    @scripts/build.sh kernel image native
    @scripts/node-programs.sh {{ NAME }}

# Measure every figure beside the native one and write docs/figures.md, or only print some groups of figures
figures *GROUP: setup
    @scripts/figures.sh {{ GROUP }}

# Measure other systems of this kind beside ours and write docs/figures.md
compare: setup
    @scripts/compare.sh

# Measure the small costs with criterion; ARGS go to cargo bench
bench *ARGS: setup
    @scripts/build.sh kernel image
    @scripts/in-env.sh cargo bench --locked --package vivarium-benches {{ ARGS }}

# Build V8 from the sources of its crate, where it can't be downloaded (about an hour on two cores)
v8: setup
    @scripts/setup/v8-build.sh
    @scripts/setup/js.sh

# Check the licences and advisories of all dependencies
audit:
    @scripts/audit.sh

# Print the environment that builds run in: eval "$(./just env)"
env: setup
    @scripts/in-env.sh

# Remove everything kept outside the checkout
clean-cache:
    @scripts/clean-cache.sh
