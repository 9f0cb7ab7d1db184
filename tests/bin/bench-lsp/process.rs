//! What the system tells of a process: memory, processor time, the size of its program.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Memory of a process in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    /// In use now (`VmRSS`).
    pub(crate) resident: u64,
    /// The most that ever was (`VmHWM`).
    pub(crate) peak: u64,
}

impl Memory {
    pub(crate) fn of(process_id: u32) -> Result<Self, String> {
        let path = format!("/proc/{process_id}/status");
        let status =
            fs::read_to_string(&path).map_err(|error| format!("reading {path}: {error}"))?;
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
            kib.map(|kib: u64| kib * 1024)
                .ok_or_else(|| format!("no {name} in {path}"))
        };
        Ok(Self {
            resident: bytes("VmRSS:")?,
            peak: bytes("VmHWM:")?,
        })
    }
}

/// Time that the threads of a process have been running. Threads that ended are left out.
pub(crate) fn processor_time(process_id: u32) -> Result<Duration, String> {
    let path = format!("/proc/{process_id}/task");
    let threads = fs::read_dir(&path).map_err(|error| format!("reading {path}: {error}"))?;
    let nanos = threads.flatten().filter_map(|thread| {
        let schedule = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        schedule.split(' ').next()?.parse::<u64>().ok()
    });
    Ok(Duration::from_nanos(nanos.sum()))
}

/// The size of a program without symbols, in bytes.
pub(crate) fn stripped_size(program: &Path) -> Result<u64, String> {
    let copy = std::env::temp_dir().join(format!("stripped-{}", std::process::id()));
    let stripped = Command::new("strip")
        .arg("-o")
        .arg(&copy)
        .arg(program)
        .status()
        .map_err(|error| format!("running strip: {error}"))?;
    let size = fs::metadata(&copy).map(|file| file.len());
    // What is left over in the system's temporary folder is no reason to fail.
    let _ = fs::remove_file(&copy);
    match size {
        Ok(size) if stripped.success() => Ok(size),
        _ => Err(format!("strip ended with {stripped}")),
    }
}

/// Processor, kernel: what the figures depend on.
pub(crate) fn machine() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let field = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(": ")?.1.to_owned())
    };
    let model = field("model name").unwrap_or_else(|| "unknown processor".to_owned());
    let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = read("/proc/meminfo");
    let kib: u64 = memory
        .split_ascii_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse().ok())
        .unwrap_or(0);
    let kernel = read("/proc/sys/kernel/osrelease");
    let is_virtual = info.contains(" hypervisor");
    format!(
        "{model}, {n_cores} cores{}, {} GB of memory, Linux {}",
        if is_virtual { " (virtual)" } else { "" },
        kib / 1_000_000,
        kernel.trim()
    )
}

/// How many programs wanted to run in the last minute, on average.
pub(crate) fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}
