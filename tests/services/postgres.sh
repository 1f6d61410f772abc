# shellcheck shell=bash
# Sourced by the scripts that start a PostgreSQL: finds or installs it, runs it as a user that it accepts, chooses where its data lie.
. "$here/apt.sh"

fail() { echo "${0##*/}: $*" >&2; exit 1; }

server_programs() {
  local bin
  bin=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -V | tail -1)
  [ -n "$bin" ] || bin=$(command -v initdb) || return 1
  dirname "$bin"
}

install_server() {
  # Left alone, Debian's package creates a cluster on port 5432 and starts it. It asks this file first.
  local conf=/etc/postgresql-common/createcluster.conf done=0
  apt_install postgresql-common || return 1
  as_root cp -p "$conf" "$conf.interop" && as_root sed -i 's/^#\{0,1\} *create_main_cluster.*/create_main_cluster = false/' "$conf"
  apt_install postgresql || done=1
  as_root mv "$conf.interop" "$conf"
  return "$done"
}

# The server refuses to run as root, and must see none of the caller's PG* variables.
as_server() {
  local as=()
  if [ "$(id -u)" = 0 ]; then as=(setpriv --reuid="$(server_user)" --regid="$(id -gn "$(server_user)")" --init-groups); fi
  (cd / && exec ${as[@]+"${as[@]}"} env -i PATH="$PATH" HOME="$home" LANG=C.UTF-8 "$@")
}
server_user() { if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi; }

# running [DATA]
running() { as_server "$bin/pg_ctl" -D "${1:-$home/data}" status >/dev/null 2>&1; }

# $folder itself where it will do. Elsewhere, a temporary folder that $folder/location names: where user postgres cannot
# enter the checkout, where the socket's path would pass the system's 107 bytes, or hold a character that needs quoting.
choose_home() {
  mkdir -p "$folder"
  home=$folder
  local socket="$home/socket/.s.PGSQL.5432"
  if [ "${#socket}" -gt 107 ] || [[ $socket =~ [^A-Za-z0-9/._+-] ]] || ! take_home; then
    home=$(mktemp -d /tmp/interop-postgres.XXXXXX)
    printf '%s\n' "$home" >"$folder/location"
    take_home || fail "user $(server_user) cannot write to $home"
  fi
}
take_home() {
  if [ "$(id -u)" = 0 ]; then chown "$(server_user)" "$home"; fi
  chmod 700 "$home" && as_server test -w "$home" -a -x "$home"
}

find_home() {
  home=$folder
  if [ -s "$folder/location" ]; then
    home=$(cat "$folder/location")
    [[ $home =~ ^/tmp/interop-postgres\.[A-Za-z0-9]+$ ]] || fail "$folder/location is not this script's: $home"
  fi
}
