//! Settings: what may be set, where it was set, and what holds for one digest.
//!
//! One table, in [`settings`], has every key with its type, default and description. The parser,
//! the JSON schema, the reference in `docs/settings.md` and the settings of the VS Code extension
//! are made from it, so none can say what another does not.
//!
//! * [`settings`]: the typed settings and the table of keys;
//! * [`kinds`]: the types of values: how each is read, shown and described;
//! * [`node`]: what a source says, before it is understood: TOML and JSON alike;
//! * [`layers`]: sources laid over one another, each value with its origin;
//! * [`lint`]: which rules are on for one file;
//! * [`switch`]: what to write in a file to switch a rule off;
//! * [`baseline`]: findings that are known and not told again;
//! * [`globs`]: patterns for paths;
//! * [`files`]: finding and reading the files; the only part that touches a disk;
//! * [`mod@reference`]: JSON schema, Markdown and VS Code's declarations.
//!
//! Nothing in a source is an error: what cannot be understood is left out, with one complaint.

pub mod baseline;
mod complaint;
pub mod files;
pub mod globs;
pub mod kinds;
pub mod layers;
pub mod lint;
pub mod node;
pub mod reference;
pub mod settings;
pub mod switch;

pub use complaint::{Complaint, nearest};
pub use files::Loader;
pub use layers::{Layer, Origin, Resolved, Source, resolve};
pub use settings::Settings;
