#!/usr/bin/env bash
# Tests of the Helix configuration with the real language server, in a real Helix in a terminal.
#
#     tests/editors/helix/run.sh HX SERVER
#
# Run by `cargo xtask test`. Helix gets a home of its own with editors/helix in it. One line per
# check; exit code 1 when one failed. Needs tmux (a private copy on Debian) and a C compiler.
set -euo pipefail

[ $# -eq 2 ] || { echo "helix: expected HX SERVER" >&2; exit 2; }
hx=$(realpath "$1") server=$(realpath "$2")
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
tmux=$(command -v tmux || true)
[ -n "$tmux" ] || tmux=$("$root/tests/editors/get-editor.sh" bookworm tmux tmux)/usr/bin/tmux

work=$(mktemp -d)
export LC_ALL=C.UTF-8
tmux() { "$tmux" -f /dev/null -S "$work/socket" "$@"; }
trap 'tmux kill-server 2>/dev/null || true; rm -rf "$work"' EXIT

# What a user does, by docs/editors.md.
config=$work/config/helix
mkdir -p "$config/runtime"/{queries,grammars} "$work/digests/.git"
cp -r "$root/editors/helix/queries/patchdigest" "$config/runtime/queries"
sed "s#/path/to/patch-digest/#$root/#" "$root/editors/helix/languages.toml" >"$config/languages.toml"
# Only here: Helix would build the grammars of all languages it knows of.
printf 'use-grammars = { only = ["patchdigest"] }\n%s\n' "$(cat "$config/languages.toml")" >"$config/languages.toml"
cp "$root/tests/corpus/kvm-fff46e5c7-a4f0e95a9.txt" "$work/digests/week.txt"
run=(env -i HOME="$work" XDG_CONFIG_HOME="$work/config" XDG_CACHE_HOME="$work/cache" XDG_RUNTIME_DIR="$work"
  PATH="$(dirname "$server"):/usr/bin:/bin" LC_ALL=C.UTF-8 TERM=xterm-256color COLORTERM=truecolor)

n_failed=0
screen() { tmux capture-pane -p; }
ok() { printf 'ok   helix: %s\n' "$1"; }
failed() {
  printf 'FAIL helix: %s\n' "$1"
  sed 's/^/     /' <<<"${2:-$(screen)}"
  n_failed=$((n_failed + 1))
}

# Waits until the screen has the text; only a failing check ever waits to the end.
shows() {
  for _ in $(seq 80); do
    case $(screen) in *"$1"*) return 0 ;; esac
    sleep 0.1
  done
  return 1
}
check() { if shows "$2"; then ok "$1"; else failed "$1: no \"$2\" on the screen"; fi; }
keys() { tmux send-keys "$@"; }
# A key that comes at its heels would make it an Alt key.
escape() { keys Escape; sleep 1; }
# Goes to a line, and waits until the cursor is there.
go_to() { keys ":$1" Enter; shows " $1:" || failed "goes to line $1"; }

if built=$("${run[@]}" "$hx" --grammar build 2>&1) && [ -e "$config/runtime/grammars/patchdigest.so" ]; then
  ok "the grammar builds"
else
  failed "the grammar builds" "$built"
fi

# Colours and signs aside.
health=$("${run[@]}" "$hx" --health patchdigest 2>&1 | sed 's/\x1b\[[0-9;]*m//g')
for line in "✓ patch-digest:" "Tree-sitter parser: ✓" "Highlight queries: ✓" "Textobject queries: ✓"; do
  case $health in
    *"$line"*) ok "health: $line" ;;
    *) failed "health: $line" "$health" ;;
  esac
done

cd "$work/digests"
tmux new-session -d -x 160 -y 36 "${run[*]} $(printf %q "$hx") week.txt; read -r _"
tmux set-option -s escape-time 0
check "opens the digest" "KVM mailing list update from fff46e5c7 to a4f0e95a9"

# The first line is a heading: in another colour than the text of the message.
colours() { tmux capture-pane -ep | sed -n "${1}p" | grep -o '38;2;[0-9;]*m[A-Za-z]' | sed 's/m.$//' | sort -u; }
if [ "$(colours 1)" != "$(colours 32)" ] && [ -n "$(colours 1)" ]; then ok "colours"; else failed "colours: none"; fi

# Known by the glob for a folder `digests`.
keys Space s
check "symbols: the picker opens" "82/82"
keys -l paravirt
check "symbols: the picker has the series" "[v4 0/2] LoongArch: KVM: Add paravirt preempt support"
check "symbols: and the patches" "2/2 LoongArch: Add paravirt support with vcpu_is_preempted()"
escape

go_to 434
keys 8 l
keys Space k
check "hover: tells the history of the series" "8 files +85 −3"
escape

go_to 516
keys g s
keys g d
check "jump: from a shortlog line to its patch" " 532:"
keys 16 l
keys g d
check "jump: and back" " 516:"

go_to 1
keys ']' f
check "]f goes to the next entry" "46:"

go_to 49
keys '%sAuthor: Mark' Enter ',' 'cAutor: Mark' Escape
check "diagnostics: a damaged author line is told of" "● 1"
keys ':q!' Enter

exit $((n_failed > 0))
