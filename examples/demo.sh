#!/usr/bin/env bash
# The demo: starts a cloud of its own, runs the examples on it, and takes it away again.
# KEEP=1 leaves the cloud running and says how to go on. Needs what `make setup` installs in PATH.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

keep=${KEEP:-}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/lenticular-demo.XXXXXXXX")
data=$scratch/cloud
flags=(--data "$data")

leave() {
    local status=$?
    trap - EXIT INT TERM
    if [[ $keep && $status == 0 ]]; then
        printf '\nThe cloud still runs. Use it, and stop it when you are done:\n'
        printf '  eval "$(lenticular env --data %q)"\n' "$data"
        printf '  lenticular stop --data %q && rm -r %q\n' "$data" "$scratch"
    else
        lenticular stop --force "${flags[@]}" >/dev/null || status=$?
        rm -rf "$scratch"
        printf '\nThe demo cloud is gone again. `make demo KEEP=1` keeps it; '
        printf '`lenticular start` starts one to keep.\n'
    fi
    exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n== %s\n\n' "$*"; }

say "A cloud starts, with its data in $data"
lenticular start --quiet --detach --port-base 0 "${flags[@]}"
environment=$(lenticular env "${flags[@]}")
# The examples learn all they need from these variables. Whoever runs this may have an AWS
# configuration of their own: it stays out of the way.
unset AWS_PROFILE AWS_SESSION_TOKEN
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
eval "$environment"
echo "It answers at $AWS_ENDPOINT_URL"

say "A bucket by hand: signed XML, no SDK (examples/bucket_by_hand.py)"
python bucket_by_hand.py

say "The sample collection: plain boto3 (examples/sample_collection.py)"
python sample_collection.py ${keep:+--keep}

say "Looked after: sealed, locked, aged, chosen from, taken in (examples/data_manager.py)"
python data_manager.py

say "Moved, shared, found: plain globus-sdk (examples/moving_data.py)"
value() { python -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
folders=$scratch/folders
mkdir -p "$folders/instrument" "$folders/archive"
application=$(lenticular auth client create "Moving data" --json "${flags[@]}")
CLIENT_ID=$(value client_id <<<"$application")
CLIENT_SECRET=$(value secret <<<"$application")
export CLIENT_ID CLIENT_SECRET
instrument=$(lenticular collection create Instrument "$folders/instrument" --json "${flags[@]}" | value id)
archive=$(lenticular collection create Archive "$folders/archive" --json "${flags[@]}" | value id)
python moving_data.py --from "$instrument" --to "$archive"
