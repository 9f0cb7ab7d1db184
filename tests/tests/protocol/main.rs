//! The language server as clients see it: the real process, spoken to over its pipes.

mod across;
mod addresses;
mod around;
mod completion;
mod copying;
mod damage;
mod diagnostics;
mod features;
mod index;
mod initialize;
mod life_cycle;
mod links;
mod log;
mod looks;
#[cfg(unix)]
mod odd_files;
mod pull;
mod queue;
mod quick_fixes;
mod settings;
mod tokens;
mod workspace;
