# shellcheck shell=bash
# Sourced by the service scripts: installs Debian packages where that is possible without asking anybody.

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# apt_install PACKAGE...   fails, with a word on why, where there is no apt or no way to become root
apt_install() {
  command -v apt-get >/dev/null || { echo "no apt-get here: install $* by hand" >&2; return 1; }
  as_root true 2>/dev/null || { echo "not root and no passwordless sudo: install $* by hand" >&2; return 1; }
  echo "Installing $* ..." >&2
  local apt=(as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
  if [ -z "${apt_updated:-}" ]; then "${apt[@]}" update >&2 || true; apt_updated=1; fi
  "${apt[@]}" install -y --no-install-recommends "$@" >&2
}

# apt_install_unstarted PACKAGE...   the same, for packages that would start a service. Their scripts ask this file first.
apt_install_unstarted() {
  local policy=/usr/sbin/policy-rc.d rc=0
  as_root true 2>/dev/null || { echo "not root and no passwordless sudo: install $* by hand" >&2; return 1; }
  if [ -e "$policy" ]; then as_root cp -p "$policy" "$policy.interop"; fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod 755 "$policy"
  apt_install "$@" || rc=1
  if [ -e "$policy.interop" ]; then as_root mv "$policy.interop" "$policy"; else as_root rm -f "$policy"; fi
  return "$rc"
}
