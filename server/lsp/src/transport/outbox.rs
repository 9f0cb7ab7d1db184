//! The way out: a bounded queue in front of a thread that writes to the client.
//!
//! The bound is counted in bytes, with a charge per message so that many small ones count too.
//! Whoever has something to send waits for room first; room is given in the order of asking, and
//! back when the message has been written. Answers of any size get through: one that is larger
//! than the whole queue waits until the queue is empty.

use std::io::{self, Write};
use std::sync::{Arc, mpsc};
use std::thread;

use serde::Serialize;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tower_lsp_server::jsonrpc::{Error, Id, Request, Response};

use super::frame;
use super::pieces::Pieces;

/// Room in a queue, in bytes of JSON.
pub(super) const CAPACITY: u32 = 16 * 1024 * 1024;

/// What a message takes up beyond its JSON, in bytes; with [`CAPACITY`] it bounds their number.
pub(super) const CHARGE: u32 = 4 * 1024;

/// Size in bytes up to which the writer keeps its buffer for the next message.
const KEPT_BUFFER: usize = 1024 * 1024;

/// Something to send to the client.
#[derive(Debug, Clone, PartialEq)]
pub enum Outgoing {
    /// An answer to a request of the client.
    Response(Response),
    /// A request or notification of the server.
    Request(Request),
    /// A whole JSON-RPC message, printed already; the writer adds the header only.
    Bytes(Vec<u8>),
    /// A successful answer whose result was printed already and may be large: the writer writes it
    /// from where it is.
    Printed {
        /// The id of the request, printed.
        id: String,
        /// The result, as JSON.
        result: Pieces,
    },
}

impl From<Response> for Outgoing {
    fn from(response: Response) -> Self {
        Self::Response(response)
    }
}

impl From<Request> for Outgoing {
    fn from(request: Request) -> Self {
        if request.params().is_none_or(|params| !params.is_null()) {
            return Self::Request(request);
        }
        // What has no parameters has none, says JSON-RPC, and the router has `null` for them.
        let (method, id, _) = request.into_parts();
        let request = Request::build(method);
        Self::Request(match id {
            Some(id) => request.id(id).finish(),
            None => request.finish(),
        })
    }
}

impl Outgoing {
    /// A successful answer to the request `id` whose `result` is JSON that was printed already,
    /// without a detour over a [`Value`] per node.
    ///
    /// ```
    /// use patch_digest_lsp::transport::Outgoing;
    ///
    /// let answer = Outgoing::printed_answer(&7.into(), b"[1,2]");
    /// assert_eq!(answer, Outgoing::Bytes(br#"{"jsonrpc":"2.0","result":[1,2],"id":7}"#.to_vec()));
    /// ```
    pub fn printed_answer(id: &Id, result: &[u8]) -> Self {
        let (before, after) = around(&printed_id(id));
        Self::Bytes([before.as_bytes(), result, after.as_bytes()].concat())
    }

    /// As [`Outgoing::printed_answer`], for results so large that copying them takes its time.
    pub fn large_answer(id: &Id, result: impl Into<Pieces>) -> Self {
        Self::Printed {
            id: printed_id(id),
            result: result.into(),
        }
    }

    /// Whether this is an answer that reports an error.
    pub(super) fn is_error(&self) -> bool {
        matches!(self, Self::Response(response) if response.is_error())
    }

    /// About the size of the message as JSON, in bytes.
    fn size(&self) -> usize {
        match self {
            Self::Response(response) => response.result().map_or(0, size_of_json),
            Self::Request(request) => request.params().map_or(0, size_of_json),
            Self::Bytes(bytes) => bytes.len(),
            Self::Printed { id, result } => result.n_bytes() + id.len() + 64,
        }
    }
}

fn printed_id(id: &Id) -> String {
    match id {
        Id::Number(number) => number.to_string(),
        Id::String(string) => Value::from(string.as_str()).to_string(),
        Id::Null => "null".to_owned(),
    }
}

/// What stands before and behind the result of an answer.
fn around(id: &str) -> (&'static str, String) {
    (r#"{"jsonrpc":"2.0","result":"#, format!(r#","id":{id}}}"#))
}

/// About the size of `value` as JSON, in bytes; escapes are not counted.
fn size_of_json(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 5,
        Value::String(string) => string.len() + 3,
        Value::Array(values) => 2 + values.iter().map(size_of_json).sum::<usize>(),
        Value::Object(members) => {
            2 + members
                .iter()
                .map(|(name, value)| name.len() + 4 + size_of_json(value))
                .sum::<usize>()
        }
    }
}

/// What a message of `size` bytes takes up in a queue of [`CAPACITY`].
pub(super) fn weight(size: usize) -> u32 {
    u32::try_from(size)
        .unwrap_or(u32::MAX)
        .saturating_add(CHARGE)
        .min(CAPACITY)
}

/// Room for one message; given back when dropped.
pub(super) type Room = Option<OwnedSemaphorePermit>;

/// The queue's end where messages are put in. Clones share the queue.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    queue: mpsc::Sender<Item>,
    room: Arc<Semaphore>,
}

#[derive(Debug)]
enum Item {
    Message(Outgoing, Room),
    /// Answered when everything before it has been written and flushed.
    Flush(oneshot::Sender<()>),
}

impl Outbox {
    /// Starts the thread that writes to `output`.
    ///
    /// The receiver is woken with an error when that thread has ended, because writing failed or
    /// it could not be started. A thread stuck in a write is left alone; it ends with the process.
    pub(super) fn start(output: impl Write + Send + 'static) -> (Self, oneshot::Receiver<()>) {
        let (queue, items) = mpsc::channel();
        let (alive, writer_gone) = oneshot::channel();
        let writer = move || {
            // Dropped at the end, however that comes.
            let _alive = alive;
            write_items(&items, output);
        };
        // A writer that did not start is as good as one that failed: `alive` is dropped with it.
        let _ = thread::Builder::new()
            .name("client-writer".to_owned())
            .spawn(writer);
        (
            Self {
                queue,
                room: Arc::new(Semaphore::new(CAPACITY as usize)),
            },
            writer_gone,
        )
    }

    /// Waits until the queue has room for `message`.
    pub(super) async fn room_for(&self, message: &Outgoing) -> Room {
        self.room(weight(message.size())).await
    }

    /// Waits until the queue has room for any message at all.
    pub(super) async fn some_room(&self) {
        drop(self.room(CHARGE).await);
    }

    async fn room(&self, weight: u32) -> Room {
        Arc::clone(&self.room).acquire_many_owned(weight).await.ok()
    }

    /// Queues `message`, in the `room` that was made for it.
    ///
    /// Without room (`None`) the bound is exceeded; that is for short answers of the loop itself,
    /// of which there are no more than messages it let in.
    pub(super) fn push(&self, message: impl Into<Outgoing>, room: Room) {
        // Fails only if the writer has ended, which the loop learns elsewhere.
        let _ = self.queue.send(Item::Message(message.into(), room));
    }

    /// Waits for room, then queues `message`.
    pub(super) async fn send(&self, message: Outgoing) {
        let room = self.room_for(&message).await;
        self.push(message, room);
    }

    /// Waits until everything queued so far has been written, or the writer has ended.
    pub(super) async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        if self.queue.send(Item::Flush(done)).is_ok() {
            let _ = flushed.await;
        }
    }
}

fn write_items(items: &mpsc::Receiver<Item>, mut output: impl Write) {
    let mut body = Vec::new();
    let mut frame = Vec::new();
    let mut next = items.recv().ok();
    while let Some(item) = next {
        let written = match item {
            Item::Message(message, room) => {
                let written = match &message {
                    Outgoing::Printed { id, result } if result.n_bytes() > KEPT_BUFFER / 16 => {
                        write_large(&mut output, id, result)
                    }
                    message => output.write_all(encode(message, &mut body, &mut frame)),
                };
                drop(room);
                written
            }
            Item::Flush(done) => {
                let flushed = output.flush();
                // Nobody may be waiting any more.
                let _ = done.send(());
                flushed
            }
        };
        // One flush per burst is enough; before waiting there has to be one.
        let written = written.and_then(|()| match items.try_recv() {
            Ok(item) => Ok(Some(item)),
            Err(_) => output.flush().map(|()| items.recv().ok()),
        });
        let Ok(item) = written else { return };
        next = item;
        body.shrink_to(KEPT_BUFFER);
        frame.shrink_to(KEPT_BUFFER);
    }
}

/// Writes an answer without copying its result.
fn write_large(output: &mut impl Write, id: &str, result: &Pieces) -> io::Result<()> {
    let (before, after) = around(id);
    let header = frame::header(before.len() + result.n_bytes() + after.len());
    output.write_all(format!("{header}{before}").as_bytes())?;
    result.write(output)?;
    output.write_all(after.as_bytes())
}

/// The bytes of `message` with its header, in `frame`; `body` is scratch space.
fn encode<'a>(message: &Outgoing, body: &mut Vec<u8>, frame: &'a mut Vec<u8>) -> &'a [u8] {
    body.clear();
    frame.clear();
    match message {
        Outgoing::Bytes(bytes) => frame::encode(bytes, frame),
        Outgoing::Printed { id, result } => {
            let (before, after) = around(id);
            body.extend_from_slice(before.as_bytes());
            result
                .iter()
                .for_each(|piece| body.extend_from_slice(piece));
            body.extend_from_slice(after.as_bytes());
            frame::encode(body, frame);
        }
        Outgoing::Request(request) => {
            if print(request, body) {
                frame::encode(body, frame);
            }
        }
        Outgoing::Response(response) => {
            // The request still has to have its one answer.
            if !print(response, body) {
                print(
                    &Response::from_error(response.id().clone(), Error::internal_error()),
                    body,
                );
            }
            frame::encode(body, frame);
        }
    }
    frame
}

/// Prints `message` to the empty `body`; `false` if it cannot be said in JSON.
fn print(message: &impl Serialize, body: &mut Vec<u8>) -> bool {
    body.clear();
    serde_json::to_writer(body, message).is_ok()
}

#[cfg(test)]
mod tests {
    use std::io::{PipeReader, Read, pipe};
    use std::time::Duration;

    use futures::FutureExt;
    use serde_json::json;
    use tokio::runtime::Builder;

    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        Builder::new_current_thread()
            .build()
            .expect("a runtime")
            .block_on(future)
    }

    fn open() -> (Outbox, oneshot::Receiver<()>, PipeReader) {
        let (reader, writer) = pipe().expect("a pipe");
        let (outbox, writer_gone) = Outbox::start(writer);
        (outbox, writer_gone, reader)
    }

    fn text(n_bytes: usize) -> Outgoing {
        Outgoing::Bytes(vec![b'x'; n_bytes])
    }

    /// Sends copies of `message` until there is no room; returns how many.
    fn fill(outbox: &Outbox, message: &Outgoing) -> usize {
        let mut n_sent = 0;
        while outbox.send(message.clone()).now_or_never().is_some() {
            n_sent += 1;
        }
        n_sent
    }

    #[test]
    fn messages_are_written_in_order_with_their_headers() {
        let (outbox, _, mut reader) = open();
        outbox.push(Response::from_ok(1.into(), json!("é")), None);
        outbox.push(Request::build("a").finish(), None);
        outbox.push(Outgoing::printed_answer(&"\"".into(), b"null"), None);
        outbox.push(Outgoing::large_answer(&7.into(), b"[1]".to_vec()), None);
        block_on(outbox.flush());
        drop(outbox);

        let mut written = String::new();
        reader.read_to_string(&mut written).unwrap();
        assert_eq!(
            written,
            "Content-Length: 38\r\n\r\n{\"jsonrpc\":\"2.0\",\"result\":\"é\",\"id\":1}\
             Content-Length: 30\r\n\r\n{\"jsonrpc\":\"2.0\",\"method\":\"a\"}\
             Content-Length: 41\r\n\r\n{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":\"\\\"\"}\
             Content-Length: 37\r\n\r\n{\"jsonrpc\":\"2.0\",\"result\":[1],\"id\":7}"
        );
    }

    #[test]
    fn large_answers_are_written_whole() {
        let result = format!("\"{}\"", "x".repeat(KEPT_BUFFER));
        let mut written = Vec::new();
        write_large(&mut written, "7", &result.clone().into_bytes().into()).unwrap();
        let mut expected = Vec::new();
        let body = format!("{{\"jsonrpc\":\"2.0\",\"result\":{result},\"id\":7}}");
        frame::encode(body.as_bytes(), &mut expected);
        assert!(written == expected);
    }

    #[test]
    fn bytes_are_bounded_and_room_comes_back() {
        let (outbox, _, mut reader) = open();
        let message = text(1024 * 1024);
        assert_eq!(
            fill(&outbox, &message),
            15,
            "16 MiB, less one charge per message"
        );

        // The writer is stuck in the pipe, so that nothing more fits until somebody reads.
        thread::sleep(Duration::from_millis(50));
        assert_eq!(fill(&outbox, &message), 0);
        reader.read_exact(&mut vec![0; 2 * 1024 * 1024]).unwrap();
        block_on(outbox.send(message));
    }

    #[test]
    fn small_messages_are_bounded_in_number() {
        let (outbox, _, _reader) = open();
        let n_sent = fill(&outbox, &text(1));
        // Some have left the queue for the pipe, which takes 64 KiB.
        assert!((4000..8000).contains(&n_sent), "{n_sent}");
    }

    #[test]
    fn message_above_the_bound_gets_through() {
        let (outbox, _, mut reader) = open();
        let n_bytes = 2 * CAPACITY as usize;
        let sender = outbox.clone();
        let sending = thread::spawn(move || {
            block_on(sender.send(text(1)));
            block_on(sender.send(text(n_bytes)));
            block_on(sender.send(text(1)));
        });
        let n_header = "Content-Length: 33554432\r\n\r\n".len();
        let n_small = "Content-Length: 1\r\n\r\nx".len();
        reader
            .read_exact(&mut vec![0; n_bytes + n_header + 2 * n_small])
            .unwrap();
        sending.join().unwrap();
    }

    #[test]
    fn values_are_charged_by_their_size() {
        let params = json!({"text": "x".repeat(1000), "more": [1, null, {"a": "b"}]});
        let request = Request::build("a").params(params.clone()).finish();
        let (estimate, exact) = (Outgoing::from(request).size(), params.to_string().len());
        assert!(estimate.abs_diff(exact) < 20, "{estimate} for {exact}");
    }

    #[test]
    fn requests_without_parameters_have_none() {
        let build = || Request::build("a").params(Value::Null);
        for (request, expected) in [
            (build().finish(), r#"{"jsonrpc":"2.0","method":"a"}"#),
            (
                build().id(1).finish(),
                r#"{"jsonrpc":"2.0","method":"a","id":1}"#,
            ),
        ] {
            let (mut body, mut frame) = (Vec::new(), Vec::new());
            encode(&request.into(), &mut body, &mut frame);
            assert_eq!(String::from_utf8_lossy(&body), expected);
        }
    }

    #[test]
    fn end_of_the_reader_is_noticed() {
        let (outbox, writer_gone, reader) = open();
        drop(reader);
        outbox.push(text(1), None);
        assert!(block_on(writer_gone).is_err());
        block_on(outbox.flush());
        block_on(outbox.send(text(1)));
    }

    #[test]
    fn burst_is_flushed_before_the_writer_waits() {
        struct Buffered {
            held: Vec<u8>,
            pipe: io::PipeWriter,
        }
        impl Write for Buffered {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.held.extend_from_slice(bytes);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                self.pipe.write_all(&std::mem::take(&mut self.held))
            }
        }
        let (mut reader, pipe) = pipe().unwrap();
        let (outbox, _writer_gone) = Outbox::start(Buffered {
            held: Vec::new(),
            pipe,
        });
        outbox.push(text(3), None);
        let mut written = [0; 24];
        reader.read_exact(&mut written).unwrap();
        assert_eq!(&written, b"Content-Length: 3\r\n\r\nxxx");
    }
}
