#!/usr/bin/env bash
# Draws assets/console.svg from the running console on the simulated tenant. Run after a change that can be seen.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cargo build --quiet
# Rows of every list have arrived; a spray is found, staged, and one more row is looked at.
cargo run --quiet --example picture -- --size 132x34 \
  --wait 'read ' --gone 'loading' \
  --keys '/passwordspray<Enter>' --wait '/passwordspray' \
  --keys 'vjjjjvc' --wait 'staged on 5' \
  --keys 'jj<Space><Space>jds' --wait 'staged' \
  --keys '<Esc>' --wait 'H/' \
  --keys 'jjj' --wait '? help' \
  -- demo --seed 7
