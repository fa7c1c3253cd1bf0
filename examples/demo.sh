#!/usr/bin/env bash
# Starts a cloud of its own, runs the sample collection on it, and stops it; KEEP=1 lets it run.
set -euo pipefail
cd "$(dirname "$0")/.."

data=$(mktemp -d "${TMPDIR:-/tmp}/lenticular-demo.XXXXXX")

finish() {
    if [ -n "${KEEP:-}" ]; then
        printf '\nThe cloud goes on. Use it:  eval "$(lenticular env --data %s)"\n' "$data"
        printf 'Stop it:  lenticular stop --data %s\n' "$data"
    else
        lenticular stop --data "$data" >/dev/null
        rm -rf "$data"
        printf '\nThe demo cloud is gone again (make demo KEEP=1 keeps it). One to keep: lenticular start\n'
    fi
}
trap finish EXIT

lenticular start --detach --data "$data" --port-base 0

# The example is plain boto3 and learns all it needs from these variables. Whoever runs
# this may have an AWS configuration of their own: it stays out of the way.
unset AWS_PROFILE AWS_SESSION_TOKEN
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
eval "$(lenticular env --data "$data")"
python examples/sample_collection.py
