//! The message loop over real pipes, with a small server behind it.

mod cancel;
mod ending;
mod framing;
mod harness;
mod life_cycle;
mod order;
mod panics;
mod pressure;
