//! Which messages are let through to the service, from before `initialize` to after `shutdown`.
//!
//! The router behind the loop has rules of its own, but they forget unknown methods, and the
//! service would see notifications that are not to be acted on.

use tower_lsp_server::jsonrpc::ErrorCode;

/// Where a connection is in its life cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Before `initialize` has succeeded.
    Fresh,
    /// Between `initialize` and `shutdown`.
    Running,
    /// After `shutdown` was dispatched.
    ShutDown,
}

/// Why a message is not let through: for a request its error, with a reason to show. A
/// notification is dropped.
pub(super) type Refusal = (ErrorCode, &'static str);

impl Phase {
    /// Whether a message with this `method` is let through.
    pub(super) fn admit(self, method: &str) -> Result<(), Refusal> {
        match (self, method) {
            (Self::Fresh, "initialize") => Ok(()),
            (Self::Fresh, _) => Err((
                ErrorCode::ServerError(-32002),
                "the server is not initialized",
            )),
            (Self::Running, "initialize") => Err((
                ErrorCode::InvalidRequest,
                "the server is initialized already",
            )),
            (Self::Running, _) => Ok(()),
            (Self::ShutDown, _) => Err((ErrorCode::InvalidRequest, "the server is shut down")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(phase: Phase, method: &str, code: Option<i64>) {
        let refused = phase.admit(method).err().map(|(code, _)| code.code());
        assert_eq!(refused, code, "{method} when {phase:?}");
    }

    #[test]
    fn initialize_comes_first_and_once() {
        check(Phase::Fresh, "initialize", None);
        check(Phase::Running, "initialize", Some(-32600));
        check(Phase::ShutDown, "initialize", Some(-32600));
    }

    #[test]
    fn everything_else_is_served_in_between() {
        for method in ["textDocument/hover", "shutdown", "unknown"] {
            check(Phase::Fresh, method, Some(-32002));
            check(Phase::Running, method, None);
            check(Phase::ShutDown, method, Some(-32600));
        }
    }
}
