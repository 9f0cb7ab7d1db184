//! The end of the client's process, as the client names it in `initialize` (`processId`).
//!
//! Normally the end of the input tells that the client is gone, but another process may hold the
//! pipe open. On Linux a pidfd is waited for: no polling, and no mistake when the number is used
//! again. Where there is none (other Unix systems, kernels before 5.3, some sandboxes) the number
//! is looked up every two seconds. Elsewhere only the end of the input counts.
//!
//! A process that does not exist when watching starts is not taken for gone: a client outside of
//! the server's container names a number that means nothing inside.

/// Waits until the process `pid` is gone; for ever if it was not there to begin with.
#[cfg(unix)]
pub(super) async fn client_gone(pid: u32) {
    let pid = i32::try_from(pid)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    let Some(pid) = pid.filter(|&pid| poll::is_running(pid)) else {
        return std::future::pending().await;
    };
    #[cfg(target_os = "linux")]
    if pidfd::gone(pid).await.is_some() {
        return;
    }
    poll::gone(pid).await;
}

/// Waits for ever: there is no way to watch the process `_pid` here without unsafe code.
#[cfg(not(unix))]
pub(super) async fn client_gone(_pid: u32) {
    std::future::pending().await
}

#[cfg(target_os = "linux")]
mod pidfd {
    //! Waiting for a pidfd, on a thread of its own that sleeps in the kernel.

    use std::thread;

    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;
    use rustix::process::{Pid, PidfdFlags, pidfd_open};
    use tokio::sync::oneshot;

    /// Waits until `pid` is gone; `None` at once if that cannot be watched.
    pub(super) async fn gone(pid: Pid) -> Option<()> {
        let process = match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(process) => process,
            // It was there a moment ago.
            Err(Errno::SRCH) => return Some(()),
            Err(_) => return None,
        };
        let (sender, receiver) = oneshot::channel();
        let watch = move || {
            let ended = loop {
                match poll(&mut [PollFd::new(&process, PollFlags::IN)], None) {
                    Err(Errno::INTR) => {}
                    other => break other,
                }
            };
            if ended.is_ok() {
                // Nobody is waiting any more if the server ended first.
                let _ = sender.send(());
            }
        };
        thread::Builder::new()
            .name("client-watch".to_owned())
            .stack_size(64 * 1024)
            .spawn(watch)
            .ok()?;
        receiver.await.ok()
    }
}

#[cfg(unix)]
mod poll {
    //! Looking the process up from time to time.

    use std::time::Duration;

    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process};

    const INTERVAL: Duration = Duration::from_secs(2);

    pub(super) async fn gone(pid: Pid) {
        while is_running(pid) {
            tokio::time::sleep(INTERVAL).await;
        }
    }

    pub(super) fn is_running(pid: Pid) -> bool {
        // A process that may not be signalled is there all the same.
        test_kill_process(pid) != Err(Errno::SRCH)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::{Child, Command};
    use std::time::Duration;

    use rustix::process::Pid;
    use tokio::runtime::Builder;
    use tokio::time::timeout;

    use super::*;

    fn child() -> Child {
        Command::new("sleep")
            .arg("60")
            .spawn()
            .expect("sleep is installed")
    }

    fn ends_within(wait: Duration, future: impl Future<Output = ()>) -> bool {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        runtime.block_on(async { timeout(wait, future).await.is_ok() })
    }

    fn end(mut child: Child) {
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn end_of_the_process_is_noticed() {
        let child = child();
        let pid = child.id();
        assert!(!ends_within(Duration::from_millis(100), client_gone(pid)));
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            end(child);
        });
        assert!(ends_within(Duration::from_secs(5), client_gone(pid)));
        killer.join().unwrap();
    }

    #[test]
    fn end_of_the_process_is_noticed_by_polling() {
        let child = child();
        let pid = Pid::from_child(&child);
        assert!(!ends_within(Duration::from_millis(100), poll::gone(pid)));
        end(child);
        assert!(ends_within(Duration::from_secs(5), poll::gone(pid)));
    }

    #[test]
    fn process_that_never_was_is_not_gone() {
        let child = child();
        let pid = child.id();
        end(child);
        for pid in [pid, 0, u32::MAX] {
            assert!(
                !ends_within(Duration::from_millis(100), client_gone(pid)),
                "{pid}"
            );
        }
    }
}
