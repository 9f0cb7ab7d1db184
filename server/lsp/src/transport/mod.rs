//! The connection to the client: framing, the message loop, the bounded way out.
//!
//! Takes the place of `tower_lsp_server::Server`, whose `LspService` stays the router behind it.
//! Knows JSON-RPC and the life cycle of a language server, but no language feature.
//!
//! | file | does |
//! | --- | --- |
//! | `frame` | bytes to bodies and back; resynchronises after damage |
//! | `header` | one line of a frame's header |
//! | `long_string` | takes the text of a document out of a message as that arrives |
//! | `unescape` | what the content of a string stands for, piece by piece |
//! | `buffer` | memory for messages of megabytes |
//! | `message` | a body to a request, an answer of the client, or a refusal |
//! | `inbox` | reads ahead of the loop, bounded |
//! | `outbox` | writes behind the loop, bounded |
//! | `pieces` | a long answer that does not lie in memory as one |
//! | `message_loop` | order, cancel, panics, the end |
//! | `life_cycle` | what is let through before, between and after `initialize` and `shutdown` |
//! | `handler` | runs one handler behind a panic boundary |
//! | `client_gone` | the end of the client's process |
//! | `panics` | what is told of a panic |
//!
//! What [`serve`] promises:
//!
//! * Nothing a client sends ends the connection but `exit` and the end of the input.
//! * The service sees every message in the order of the wire, one `call` at a time.
//! * Every request has exactly one answer, whether its handler returns, panics, never ends or is
//!   cancelled; unless the connection ends first.
//! * Memory is bounded when the client does not read, and nothing is written to stderr.
//! * After the end of the input, `exit` or the client's death the process can end within a second,
//!   whatever handlers and pipes are stuck in.

mod buffer;
mod client_gone;
pub mod frame;
mod handler;
mod header;
mod inbox;
mod life_cycle;
mod long_string;
mod message;
mod message_loop;
mod outbox;
mod panics;
mod pieces;
mod unescape;

pub(crate) use buffer::large_buffer;
pub use handler::room_to_answer;
pub use message_loop::serve;
pub use outbox::Outgoing;
pub use panics::install_quiet_panic_hook;
pub use pieces::Pieces;
