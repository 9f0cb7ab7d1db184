#!/usr/bin/env bash
# Takes a picture of a digest in an editor, as `cargo xtask open` shows it. On demand, no test.
#
#     tests/editors/shot.sh OUT.png [FILE [KEYS...]]
#     tests/editors/shot.sh hover.png tests/corpus/kvm-fff46e5c7-a4f0e95a9.txt 434G zo K
#     SHOT_EDITOR=hx tests/editors/shot.sh symbols.png tests/corpus/kvm-fff46e5c7-a4f0e95a9.txt Space s
#
# KEYS are as `tmux send-keys` takes them (`Enter`, `Escape`, `C-]`); each word is sent once the
# screen has come to rest. Needs python3 with venv; tmux, fonts and Pillow are fetched where
# they are missing (tmux and fonts on Debian only). COLUMNS and LINES set the size, 110 by 36;
# SHOT_EDITOR is `nvim`, `hx` or `emacs`.
set -euo pipefail

[ $# -ge 1 ] || { echo "shot: expected OUT.png [FILE [KEYS...]]" >&2; exit 2; }
out=$(realpath -m "$1"); shift
file=; if [ $# -gt 0 ]; then file=$(realpath "$1"); shift; fi
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
cache=${XDG_CACHE_HOME:-$HOME/.cache}/patch-digest/editors

tmux=$(command -v tmux || true); fonts=
if [ -z "$tmux" ] || ! fc-list 2>/dev/null | grep -q DejaVuSansMono.ttf; then
  fonts=$(tests/editors/get-editor.sh bookworm tmux tmux fonts-dejavu-core)
  tmux=${tmux:-$fonts/usr/bin/tmux}
fi
python=$cache/python/bin/python
if ! "$python" -c 'import PIL' 2>/dev/null; then
  python3 -m venv "$cache/python"
  "$python" -m pip install --quiet pillow
fi

export LC_ALL=C.UTF-8
work=$(mktemp -d)
tmux() { "$tmux" -f /dev/null -S "$work/socket" "$@"; }
trap 'tmux kill-server 2>/dev/null || true; rm -rf "$work"' EXIT
screen() { tmux capture-pane -p; }

# Waits until the screen has not changed for half a second.
rest() {
  local before= now
  for _ in $(seq 40); do
    sleep 0.5
    now=$(tmux capture-pane -ep)
    [ "$now" != "$before" ] || return 0
    before=$now
  done
}

editor=${SHOT_EDITOR:-nvim}
open="cargo xtask open --editor $editor"
[ -z "$file" ] || printf -v open '%s %q' "$open" "$file"
# What tells that the editor is ready: in Neovim the line with the keys, shown when the server has
# attached.
case $editor in
  nvim) ready='K hover' ;;
  *) ready='mailing list update' ;;
esac
# The message of a failure must stay to be read: the shell waits.
tmux new-session -d -x "${COLUMNS:-110}" -y "${LINES:-36}" \
  "env TERM=xterm-256color COLORTERM=truecolor $open || { echo failed; read -r _; }"
tmux set-option -s escape-time 0

# The build may come first.
for _ in $(seq 1200); do
  case $(screen) in
    *"$ready"*) break ;;
    *failed) screen >&2; exit 1 ;;
  esac
  sleep 0.5
done
rest
for key in "$@"; do tmux send-keys "$key"; rest; done
tmux capture-pane -epN >"$work/screen"

# Left properly, so that `cargo xtask open` can remove its temporary folder.
case $editor in
  emacs) tmux send-keys C-g C-x C-c ;;
  *) tmux send-keys Escape Escape ':qa!' Enter ;;
esac
for _ in $(seq 40); do tmux has-session 2>/dev/null || break; sleep 0.1; done
"$python" tests/editors/ansi2png.py "$out" ${fonts:+"$fonts"} <"$work/screen"
echo "$out"
