//! Memory for messages of megabytes.

/// More than what allocators are known to keep for themselves when it is given back: up to 32 MiB,
/// and then the next such piece comes from memory that is never returned to the system.
const NEVER_KEPT: usize = 33 * 1024 * 1024;

/// Pieces from this size on are taken from the system one by one.
const LARGE: usize = 128 * 1024;

/// An empty buffer with room for so many bytes, and for many more if they are many. The system
/// gives memory when it is written to, so room that is not used costs nothing.
pub(crate) fn large_buffer(n_bytes: usize) -> Vec<u8> {
    if n_bytes < LARGE {
        return Vec::with_capacity(n_bytes);
    }
    Vec::with_capacity(n_bytes.max(NEVER_KEPT))
}
