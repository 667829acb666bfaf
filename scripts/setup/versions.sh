# shellcheck shell=sh
# Sourced: what the set-up pins and cargo doesn't. They change here and nowhere else.
# shellcheck disable=SC2034 # for those who source this

NODE_VERSION=24.21.0
