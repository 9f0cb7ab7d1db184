#!/usr/bin/env bash
# Makes a private copy of Debian packages, with all they need down to libc, from any Debian
# suite, and prints the folder it is in. Needs no root, and changes nothing outside its cache.
#
#     tests/editors/get-editor.sh SUITE NAME PACKAGE...
#     $(tests/editors/get-editor.sh trixie nvim-0.10 neovim)/usr/bin/nvim --version
#
# The cache is $XDG_CACHE_HOME/patch-digest/editors (or ~/.cache/...); delete it to start anew.
# A finished copy is used again without a network; package lists are a day old at most.
# The packages come from the machine's own mirror; PATCH_DIGEST_MIRROR=URL names another.
#
# How it works: apt, given an empty list of installed packages, downloads the packages with
# everything they depend on; dpkg-deb unpacks them; patchelf, from the same suite, ties each
# program to the loader and the libraries beside it. Setting LD_LIBRARY_PATH or calling the
# loader by hand would do for a start, but Neovim starts itself again, and servers and shells
# that an editor starts must get the system's libraries. A copy cannot be moved afterwards.
set -euo pipefail

say() { printf 'get-editor: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

[ $# -ge 3 ] || { say "expected SUITE NAME PACKAGE..., as in: trixie nvim-0.10 neovim"; exit 2; }
suite=$1 name=$2; shift 2
for tool in apt-get dpkg dpkg-deb; do
  command -v "$tool" >/dev/null || die "\`$tool\` is missing: this works on Debian only"
done

cache=${XDG_CACHE_HOME:-${HOME:?"set HOME or XDG_CACHE_HOME"}/.cache}/patch-digest/editors
mkdir -p "$cache"
tree=$cache/$name
# Raise the number when copies made by an older version of this script will not do any more.
recipe="1 $suite $*"
if [ "$(cat "$tree/.recipe" 2>/dev/null)" = "$recipe" ]; then
  printf '%s\n' "$tree"
  exit 0
fi

# One at a time: two runs would write to the same folders.
if command -v flock >/dev/null; then exec 9>"$cache/.lock"; flock 9; fi

state=$cache/apt-$suite
mkdir -p "$state"/{lists/partial,archives/partial,nothing/partial,log}
: >"$state/status"

# The mirror is the one the machine uses for its own release.
release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
mirror=${PATCH_DIGEST_MIRROR:-$(apt-get --print-uris update 2>/dev/null |
  sed -n "s#^'\(.*\)/dists/$release/.*#\1#p" | sed -n 1p)}
[ -n "$mirror" ] || die "found no Debian mirror in apt's configuration; set PATCH_DIGEST_MIRROR=URL"
# Backports need what they were ported to.
for source in "$suite" "${suite%-backports}"; do printf 'deb %s %s main\n' "${mirror%/}" "$source"; done |
  sort -u >"$state/sources.list"

cat >"$state/apt.conf" <<CONF
Dir::Etc::SourceList "$state/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "$state";
Dir::State::status "$state/status";
Dir::State::Lists "$state/lists";
Dir::Cache "$state";
Dir::Cache::Archives "$state/archives";
Dir::Log "$state/log";
Debug::NoLocking "1";
APT::Sandbox::User "";
APT::Default-Release "$suite";
APT::Install-Recommends "0";
APT::Get::List-Cleanup "0";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "3";
#clear Acquire::IndexTargets::deb::DEP-11;
#clear Acquire::IndexTargets::deb::DEP-11-icons-small;
#clear Acquire::IndexTargets::deb::DEP-11-icons;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
CONF
apt() { apt-get -c "$state/apt.conf" -y -q "$@" >>"$state/apt.log" 2>&1; }
: >"$state/apt.log"

has_lists() { [ -n "$(find "$state/lists" -name '*Packages*' "$@" -print -quit)" ]; }
download() { apt install --download-only "$@" patchelf; }

say "fetching $* of Debian $suite"
if ! has_lists -mmin -1440; then
  # Without a network, older lists and what was downloaded then may still do.
  apt update || has_lists || { tail -n 20 "$state/apt.log" >&2; die "cannot reach $mirror"; }
fi
# Testing suites replace packages within a day: a failure may only mean that the lists are old.
download "$@" || { apt update && download "$@"; } ||
  { tail -n 20 "$state/apt.log" >&2; die "cannot download $*; all of the log: $state/apt.log"; }

tmp=$tree.tmp.$$
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp"
# Asked with an empty archive folder, apt names every package, downloaded or not.
apt-get -c "$state/apt.conf" -y -qq -o Dir::Cache::Archives="$state/nothing" \
  install --print-uris "$@" patchelf | awk '/^\047/ { print $2 }' >"$tmp/.packages"
while read -r package; do dpkg-deb -x "$state/archives/$package" "$tmp"; done <"$tmp/.packages"

# The old copy makes room only now: from here on the paths must be the final ones.
rm -rf "$tree"
mv "$tmp" "$tree"

arch=$(dpkg --print-architecture)
triplet=$(dpkg-architecture -a"$arch" -qDEB_HOST_MULTIARCH 2>/dev/null || printf '%s-linux-gnu' "$(uname -m)")
libraries=$tree/usr/lib/$triplet:$tree/lib/$triplet:$tree/usr/lib:$tree/lib
loader=
for file in "$tree"{/usr,}/lib{"/$triplet",,64}/ld-linux*.so.*; do
  [ -n "$loader" ] || [ ! -e "$file" ] || loader=$file
done
[ -n "$loader" ] || die "no loader (ld-linux*.so) among the packages of $suite in $tree"

is_elf() { [ -f "$1" ] && [ "$(head -c 4 "$1" | tail -c 3)" = ELF ]; }
for package in "$@"; do
  for archive in "$state/archives/$package"_*.deb; do
    grep -qxF "${archive##*/}" "$tree/.packages" || continue
    dpkg-deb --fsys-tarfile "$archive" | tar -t | { grep -E '^\./usr/bin/.' || true; } | while read -r file; do
      program=$(readlink -f "$tree/$file" || true)
      is_elf "$program" || continue
      "$loader" --library-path "$libraries" "$tree/usr/bin/patchelf" \
        --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$program"
    done
  done
done

# Emacs has the names of its folders compiled in.
for emacs in "$tree"/usr/bin/emacs-*; do
  [ -x "$emacs" ] || continue
  folder=$(printf '%s\n' "$tree"/usr/share/emacs/[0-9]*)
  exec_folder=$(printf '%s\n' "$tree"/usr/libexec/emacs/*/*/)
  {
    echo '#!/bin/sh'
    printf 'export EMACSDATA=%q EMACSDOC=%q EMACSPATH=%q\n' "$folder/etc" "$folder/etc" "$exec_folder"
    printf 'export EMACSLOADPATH=%q\n' "$(find "$folder/lisp" -type d | paste -sd:)"
    printf 'exec %q --dump-file=%q "$@"\n' "$emacs" "$(printf '%s\n' "$exec_folder"emacs*.pdmp)"
  } >"$tree/usr/bin/emacs"
  chmod +x "$tree/usr/bin/emacs"
done

printf '%s\n' "$recipe" >"$tree/.recipe"
say "made $tree of $(wc -l <"$tree/.packages") packages"
printf '%s\n' "$tree"
