//! Language server for mailing-list patch digests.
//!
//! The only crate that knows the protocol. It converts in, calls a feature function of
//! `patch-digest-core`, and converts out.
//!
//! * [`transport`]: frames, the message loop, the life cycle of the connection;
//! * `dispatch`: sees every message in wire order, applies document changes, hands each handler
//!   the snapshot of that moment;
//! * `documents`: the open documents;
//! * `shared`: what the pieces share, and where things are computed;
//! * `handlers`: one short function per request; `links`, `tokens`, `hints`, `around` and
//!   `code_actions` have more to say;
//! * `diagnostics`, `pull`: problems of the newest snapshots, published or asked for;
//! * `two`: two pieces of work at once, for large documents;
//! * `index`: all digests of the workspace, kept current off the message loop;
//! * `across`: answers that take all digests to give;
//! * `quick_fixes`, `rule_actions`: what can be done about findings;
//! * `client_caps`: what the client can take;
//! * `log`, `progress`: what the server tells of itself and of long work;
//! * `symbols`: the outline as JSON;
//! * `settings`: what the editor and the files beside the digests set;
//! * `to_proto`: byte ranges to positions and results to protocol types;
//! * `uri`: one key per document, however a client spells its address.

// One message must not end the process.
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable
    )
)]

mod across;
mod around;
mod client_caps;
mod code_actions;
mod diagnostics;
mod dispatch;
mod documents;
mod handlers;
mod hints;
mod index;
mod json;
mod links;
mod log;
mod progress;
mod pull;
mod quick_fixes;
mod rule_actions;
mod settings;
mod shared;
mod symbols;
mod to_proto;
mod tokens;
pub mod transport;
mod two;
mod uri;

use std::io::{Read, Write};
use std::sync::Arc;

use tower_lsp_server::LspService;

/// Serves one client until the connection ends; returns the process's exit code: 0 after a
/// `shutdown`, else 1.
pub fn serve(input: impl Read + Send + 'static, output: impl Write + Send + 'static) -> u8 {
    let shared = Arc::new(shared::Shared::default());
    let (router, socket) =
        LspService::new(|client| handlers::Server::new(client, Arc::clone(&shared)));
    transport::serve(
        input,
        output,
        dispatch::Dispatch::new(router, shared),
        socket,
    )
}
