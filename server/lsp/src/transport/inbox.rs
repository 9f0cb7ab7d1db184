//! The way in: a thread that reads the client's messages ahead of the loop.
//!
//! Reading on its own thread lets the loop see a cancel or the end of the input while it cannot
//! dispatch, and takes parsing off the loop. How far it reads ahead is bounded in the same way as
//! the queue of the way out.

use std::io::Read;
use std::sync::Arc;
use std::thread;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tower_lsp_server::jsonrpc::{ErrorCode, Id};

use super::frame::{Frame, FrameReader};
use super::long_string::Body;
use super::message::{self, Incoming};
use super::outbox;

/// A message together with the room it takes up until it is dispatched.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) message: Incoming,
    /// Held for its drop: whoever keeps the message keeps the room.
    pub(super) _room: Option<OwnedSemaphorePermit>,
}

/// The loop's end of the way in.
#[derive(Debug)]
pub(super) struct Inbox {
    messages: mpsc::UnboundedReceiver<Received>,
    room: Arc<Semaphore>,
}

impl Inbox {
    /// Starts the thread that reads from `input`. It ends at the end of the input, when reading
    /// fails, and after an `exit`, whatever the client may still hold open.
    ///
    /// A thread stuck in a read is left alone; it ends with the process.
    pub(super) fn start(input: impl Read + Send + 'static, runtime: Handle) -> Self {
        let (sender, messages) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(outbox::CAPACITY as usize));
        let reader = {
            let room = Arc::clone(&room);
            move || read_messages(input, &runtime, &room, &sender)
        };
        // A reader that did not start drops the sender, which is the end of the input.
        let _ = thread::Builder::new()
            .name("client-reader".to_owned())
            .spawn(reader);
        Self { messages, room }
    }

    /// The next message; `None` when there will be no more.
    pub(super) async fn next(&mut self) -> Option<Received> {
        self.messages.recv().await
    }
}

impl Drop for Inbox {
    /// Wakes a reader that waits for room.
    fn drop(&mut self) {
        self.room.close();
    }
}

fn read_messages(
    input: impl Read,
    runtime: &Handle,
    room: &Arc<Semaphore>,
    messages: &mpsc::UnboundedSender<Received>,
) {
    let mut frames = FrameReader::new(input);
    while let Ok(Some(frame)) = frames.next_frame::<Body>() {
        let (message, weight) = match frame {
            Frame::Body(body) => {
                let weight = outbox::weight(body.n_bytes());
                (message::parse(body), weight)
            }
            Frame::Damaged(damage) => {
                let refusal =
                    message::refusal(ErrorCode::ParseError, Id::Null, &damage.to_string());
                (Incoming::Refused(refusal), outbox::weight(0))
            }
        };
        let is_exit = matches!(&message, Incoming::Request(request) if request.method() == "exit");
        // The loop knows the end of the input for an `exit`, so there is nothing to hand over.
        if is_exit {
            return;
        }
        let Ok(room) = runtime.block_on(Arc::clone(room).acquire_many_owned(weight)) else {
            return;
        };
        if messages
            .send(Received {
                message,
                _room: Some(room),
            })
            .is_err()
        {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Cursor, PipeReader, Write, pipe};
    use std::sync::mpsc::{Sender, channel};
    use std::time::Duration;

    use tokio::runtime::{Builder, Runtime};
    use tokio::time::timeout;

    use super::super::frame::encode;
    use super::*;

    fn runtime() -> Runtime {
        Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime")
    }

    fn framed(body: &str) -> Vec<u8> {
        let mut frame = Vec::new();
        encode(body.as_bytes(), &mut frame);
        frame
    }

    #[test]
    fn exit_is_the_end_though_the_input_goes_on() {
        let runtime = runtime();
        let (input, mut client) = pipe().unwrap();
        let mut inbox = Inbox::start(input, runtime.handle().clone());
        client
            .write_all(&framed(r#"{"jsonrpc":"2.0","method":"a"}"#))
            .unwrap();
        client
            .write_all(&framed(r#"{"jsonrpc":"2.0","method":"exit"}"#))
            .unwrap();
        client
            .write_all(&framed(r#"{"jsonrpc":"2.0","method":"b"}"#))
            .unwrap();
        assert!(runtime.block_on(inbox.next()).is_some());
        assert!(runtime.block_on(inbox.next()).is_none());
    }

    #[test]
    fn reader_that_outlives_the_server_ends_quietly() {
        /// Tells whether the thread that reads from it ended in a panic.
        struct Probe(PipeReader, Sender<bool>);
        impl Read for Probe {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0.read(buffer)
            }
        }
        impl Drop for Probe {
            fn drop(&mut self) {
                let _ = self.1.send(thread::panicking());
            }
        }

        let runtime = runtime();
        let (input, mut client) = pipe().unwrap();
        let (sender, panicked) = channel();
        drop(Inbox::start(Probe(input, sender), runtime.handle().clone()));
        runtime.shutdown_background();
        client.write_all(&framed("{}")).unwrap();
        assert_eq!(panicked.recv_timeout(Duration::from_secs(10)), Ok(false));
    }

    #[test]
    fn reading_ahead_is_bounded() {
        let runtime = runtime();
        let message = framed(&format!("\"{}\"", "x".repeat(1024 * 1024)));
        let mut inbox = Inbox::start(Cursor::new(message.repeat(40)), runtime.handle().clone());
        let mut held = Vec::new();
        runtime.block_on(async {
            while let Ok(Some(received)) = timeout(Duration::from_millis(300), inbox.next()).await {
                held.push(received);
            }
        });
        assert_eq!(held.len(), 15, "16 MiB, less one charge per message");

        // Letting go of some lets the reader go on.
        held.truncate(10);
        assert!(runtime.block_on(inbox.next()).is_some());
    }
}
