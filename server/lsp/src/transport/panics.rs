//! Panics: what is told of one, and a hook that keeps them off stderr.
//!
//! A panic in a handler is a bug, but it costs one answer only; see `message_loop`.

use std::any::Any;
use std::panic::{self, PanicHookInfo};
use std::thread;

/// Longest text of a panic that is repeated, in bytes.
const MAX_TEXT: usize = 200;

/// Replaces the process's panic hook by one that hands a line to `report` and prints nothing.
///
/// For the binary, before serving: editors show each line on stderr as an error. The library never
/// installs a hook by itself. `report` is called on the thread that panics and must not panic; a
/// line reads `panic in tokio-rt-worker at src/hover.rs:12: index out of bounds`.
pub fn install_quiet_panic_hook(report: impl Fn(&str) + Send + Sync + 'static) {
    panic::set_hook(Box::new(move |info| report(&line_of(info))));
}

fn line_of(info: &PanicHookInfo<'_>) -> String {
    let thread = thread::current();
    let thread = thread.name().unwrap_or("an unnamed thread");
    let place = info
        .location()
        .map_or("an unknown place".to_owned(), |location| {
            format!("{}:{}", location.file(), location.line())
        });
    format!("panic in {thread} at {place}: {}", text_of(info.payload()))
}

/// The first line of a panic's text, shortened.
pub(super) fn text_of(payload: &(dyn Any + Send)) -> &str {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text");
    let line = text.lines().next().unwrap_or_default();
    &line[..line.floor_char_boundary(MAX_TEXT)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_first_line_cut_between_characters() {
        assert_eq!(text_of(&"one\ntwo"), "one");
        assert_eq!(text_of(&"é".repeat(200)), "é".repeat(100));
        assert_eq!(
            text_of(&format!("x{}", "é".repeat(200))),
            format!("x{}", "é".repeat(99))
        );
        assert_eq!(text_of(&5), "no text");
        assert_eq!(text_of(&""), "");
    }
}
