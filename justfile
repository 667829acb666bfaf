# What to do here: ./just --list

# Get the WASM targets
setup:
    @scripts/setup/wasm.sh
