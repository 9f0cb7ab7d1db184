//! `cargo xtask reference`: writes what is published of settings and rules, from their tables in
//! the source. The work is done by the program `reference` of the package with the tests.

use std::process::ExitCode;

use crate::{Command, Failure, project};

pub(crate) const COMMAND: Command = Command {
    name: "reference",
    arguments: "",
    summary: "write schema, rule book and settings from the tables in the source",
    details: "Writes docs/rules, docs/patch-digest.schema.json, what is generated of docs/settings.md, and the settings
in editors/vscode/package.json. A test fails while they are out of date.",
    run: |arguments| {
        if !arguments.is_empty() {
            return Err(Failure::Usage("no arguments expected".to_owned()));
        }
        let program = project::build_program("patch-digest-tests", "reference", &[])
            .map_err(Failure::Failed)?;
        let status = std::process::Command::new(&program)
            .status()
            .map_err(|error| Failure::Failed(format!("running {}: {error}", program.display())))?;
        Ok(if status.success() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    },
};
