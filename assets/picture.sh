#!/usr/bin/env bash
# Draws assets/console.svg from the running console on the simulated tenant. Run after a change that can be seen.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cargo build --quiet
# All lists have arrived. A spray is called compromised, three sign-ins of an office's new egress are marked, and the evidence
# of the next one stands beside the table.
cargo run --quiet --example picture -- --size 150x36 \
  --wait 'read ' --gone 'loading' \
  --keys '/chisinau 1fa<Enter>' --wait '/chisinau' --keys '*c' --wait 'compromised staged' \
  --keys '<Esc>' --gone '/chisinau' \
  --keys '/lagos<Enter>' --wait '/lagos' --keys '*c' --wait 'compromised staged' \
  --keys '<Esc>' --gone '/lagos' \
  --keys '/dayton<Enter>' --wait '/dayton' --keys '*s' --wait 'safe staged' \
  --keys '<Esc>' --gone '/dayton' \
  --keys 'gjjjjjjjj<Space><Space>j' --wait '2 marked' \
  -- demo --seed 7
