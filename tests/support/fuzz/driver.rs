//! A plain driver for [`Target`]s: random changes of seeds, without knowing what the code does with
//! them. Where there is libFuzzer that is the better one; this one needs nothing.

use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, Instant};

use super::{DICTIONARY, Target};
use crate::random::Random;

/// Inputs do not grow beyond this.
const MAX_LEN: usize = 60_000;

/// An input for which the target's promise does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The input, made smaller as far as that went.
    pub input: Vec<u8>,
    /// What the panic said.
    pub message: String,
}

/// Runs a target once; what the panic said if there was one.
#[must_use]
pub fn run_one(target: &Target, input: &[u8]) -> Option<String> {
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    let panic = outcome.err()?;
    let text = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    Some(text.unwrap_or_else(|| "a panic without words".to_owned()))
}

/// Runs the target's seeds and then changes of them, until there were `n_inputs` or the time is
/// over; how many there were.
///
/// # Errors
///
/// The first finding.
pub fn run(
    target: &Target,
    seed: u64,
    n_inputs: u64,
    limit: Option<Duration>,
) -> Result<u64, Finding> {
    let start = Instant::now();
    let mut random = Random::new(seed);
    let mut inputs = (target.seeds)();
    let mut n_run = 0;
    let is_over = |n_run| n_run >= n_inputs || limit.is_some_and(|limit| start.elapsed() >= limit);
    for input in &inputs {
        try_input(target, input)?;
        n_run += 1;
    }
    while !is_over(n_run) {
        let at = random.below(inputs.len());
        let input = changed(&mut random, &inputs[at], &inputs);
        try_input(target, &input)?;
        n_run += 1;
        // Changes of changes go further; the first seeds always stay.
        if random.one_in(20) {
            if inputs.len() < 500 {
                inputs.push(input);
            } else {
                let slot = 100 + random.below(400);
                inputs[slot] = input;
            }
        }
    }
    Ok(n_run)
}

fn try_input(target: &Target, input: &[u8]) -> Result<(), Finding> {
    let Some(message) = run_one(target, input) else {
        return Ok(());
    };
    let input = smaller(target, input);
    let message = run_one(target, &input).unwrap_or(message);
    Err(Finding { input, message })
}

/// Leaves out parts of a finding for as long as it stays one, and a while at most.
fn smaller(target: &Target, input: &[u8]) -> Vec<u8> {
    let start = Instant::now();
    let mut input = input.to_vec();
    let mut part = input.len() / 2;
    while part > 0 && start.elapsed() < Duration::from_secs(10) {
        let mut at = 0;
        while at < input.len() {
            let mut less = input.clone();
            less.drain(at..(at + part).min(less.len()));
            if run_one(target, &less).is_some() {
                input = less;
            } else {
                at += part;
            }
        }
        part /= 2;
    }
    input
}

/// An input with some random changes.
fn changed(random: &mut Random, input: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let mut input = input.to_vec();
    for _ in 0..=random.below(6) {
        let at = random.below(input.len() + 1);
        let until = (at + random.below(40)).min(input.len());
        match random.below(9) {
            0 if at < input.len() => input[at] ^= 1 << random.below(8),
            1 if at < input.len() => input[at] = random.next_u64().to_le_bytes()[0],
            2 => drop(input.drain(at..until)),
            3 => {
                let copy = input[at..until].to_vec();
                let to = random.below(input.len() + 1);
                input.splice(to..to, copy);
            }
            4 => {
                let other = random.pick(others);
                let from = random.below(other.len() + 1);
                let to = (from + random.below(400)).min(other.len());
                input.splice(at..until, other[from..to].iter().copied());
            }
            5 => {
                // A whole line more or less, where lines mean something.
                let end = input[at..]
                    .iter()
                    .position(|&byte| byte == b'\n')
                    .map_or(input.len(), |n| at + n + 1);
                let line = input[at..end].to_vec();
                if random.one_in(2) {
                    input.drain(at..end);
                } else {
                    let times = 1 + random.below(5);
                    input.splice(at..at, line.repeat(times));
                }
            }
            _ => {
                let piece = random.pick(DICTIONARY).bytes();
                input.splice(at..at, piece);
            }
        }
    }
    input.truncate(MAX_LEN);
    input
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_is_found_and_made_small() {
        let target = Target {
            name: "test",
            promise: "no `New:`",
            run: |input| {
                let at = input.windows(4).position(|window| window == b"New:");
                assert_eq!(at, None);
            },
            seeds: || vec![vec![b'a'; 300]],
        };
        let quiet = panic::take_hook();
        panic::set_hook(Box::new(|_| {}));
        let finding = run(&target, 1, 10_000, None).unwrap_err();
        panic::set_hook(quiet);
        assert_eq!(finding.input, b"New:");
        assert!(finding.message.contains("assertion"), "{finding:?}");
    }

    #[test]
    fn what_holds_is_run_as_often_as_asked() {
        let target = Target {
            name: "test",
            promise: "nothing",
            run: |_| {},
            seeds: || vec![Vec::new()],
        };
        assert_eq!(run(&target, 1, 1_000, None), Ok(1_000));
    }
}
