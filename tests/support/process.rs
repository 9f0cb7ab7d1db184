//! What Linux tells of a running process: its memory, its time, its children.

use std::fs;
use std::time::{Duration, Instant};

/// Memory in use now, in bytes (`VmRSS`); 0 for a process that is gone.
#[must_use]
pub fn memory(process_id: u32) -> u64 {
    status_bytes(process_id, "VmRSS:")
}

/// The most memory that ever was in use, in bytes (`VmHWM`); 0 for a process that is gone.
#[must_use]
pub fn peak_memory(process_id: u32) -> u64 {
    status_bytes(process_id, "VmHWM:")
}

fn status_bytes(process_id: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process_id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    kib.unwrap_or(0) * 1024
}

/// Processor time used so far, in ticks of the kernel (mostly a hundredth of a second each).
#[must_use]
pub fn ticks(process_id: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process_id}/stat")).unwrap_or_default();
    // The name in parentheses may hold blanks; the fields are counted behind it.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let fields = fields.split_ascii_whitespace().skip(11).take(2);
    fields.filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// Whether there is such a process, and it is more than the exit code that nobody has asked for.
#[must_use]
pub fn is_running(process_id: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process_id}/stat")).unwrap_or_default();
    let state = stat
        .rsplit(')')
        .next()
        .and_then(|rest| rest.trim().chars().next());
    state.is_some_and(|state| state != 'Z' && state != 'X')
}

/// Whether a process is gone before a time is over.
#[must_use]
pub fn ends_within(process_id: u32, limit: Duration) -> bool {
    let start = Instant::now();
    while is_running(process_id) {
        if start.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

/// The children of a process, those that ended and were not asked for included.
#[must_use]
pub fn children(process_id: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let Ok(threads) = fs::read_dir(format!("/proc/{process_id}/task")) else {
        return found;
    };
    for thread in threads.flatten() {
        let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        let children = children.split_ascii_whitespace();
        found.extend(children.filter_map(|child| child.parse::<u32>().ok()));
    }
    found
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn own_process_and_its_child() {
        let own = std::process::id();
        assert!(memory(own) > 100_000 && peak_memory(own) >= memory(own) / 2);
        assert!(is_running(own));
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        assert!(children(own).contains(&child.id()));
        assert!(!ends_within(child.id(), Duration::from_millis(20)));
        child.kill().unwrap();
        // Ended and not waited for: still a child, no longer running.
        assert!(ends_within(child.id(), Duration::from_secs(10)));
        assert!(children(own).contains(&child.id()));
        child.wait().unwrap();
        assert!(!children(own).contains(&child.id()));
        assert_eq!(memory(child.id()), 0);
    }

    #[test]
    fn work_takes_ticks() {
        let own = std::process::id();
        let before = ticks(own);
        let start = Instant::now();
        let mut sum = 0_u64;
        while ticks(own) < before + 3 && start.elapsed() < Duration::from_secs(20) {
            sum = sum.wrapping_add(std::hint::black_box(1));
        }
        assert!(ticks(own) >= before + 3, "{sum}");
    }
}
