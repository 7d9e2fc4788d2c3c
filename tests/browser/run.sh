#!/usr/bin/env bash
# Runs the tests of the portal in headless Chromium. Needs Go, Node.js from 18 on, npm
# and Chromium; on Debian, as root, it installs what is missing. Ends with 75 if
# they cannot be had. Leaves nothing in this folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
want=()
command -v node >/dev/null || want+=(nodejs)
command -v npm >/dev/null || want+=(npm)
[ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || want+=(chromium)
if [ ${#want[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	export DEBIAN_FRONTEND=noninteractive
	timeout 120 apt-get update -q >/dev/null || true
	timeout 600 apt-get install -qy --no-install-recommends "${want[@]}" >/dev/null || true
fi
for p in node npm; do command -v "$p" >/dev/null || { echo "there is no $p"; exit 75; }; done
export CHROMIUM=${CHROMIUM:-$(command -v chromium || true)}
[ -n "$CHROMIUM" ] || { echo "there is no chromium"; exit 75; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp "$here"/{package.json,package-lock.json,.npmrc} "$here"/*.mjs "$here"/policy.txt "$dir"
(cd "$here/../.." && go build -o "$dir/portal" ./examples/portal && go build -o "$dir/login" ./examples/login)
cd "$dir"
npm_config_cache="$dir/npm" timeout 300 npm ci --no-audit --no-fund >npm.log 2>&1 || { tail -n 5 npm.log; exit 75; }
CVD_PORTAL="$dir/portal" CVD_LOGIN="$dir/login" node --test --test-concurrency=1
