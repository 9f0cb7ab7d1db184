//! The language server as clients see it: the real process, spoken to over its pipes.

mod addresses;
mod damage;
mod diagnostics;
mod features;
mod initialize;
mod life_cycle;
mod log;
