//! `patch-digest completions SHELL` and `patch-digest man`: what installers put beside the program.

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;

use crate::{Args, CLEAN, FAILED, output};

/// Prints the completions of a shell.
pub(crate) fn completions(shell: Shell) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "patch-digest", &mut script);
    print(&script)
}

/// Prints the manual page of the program or of one of its commands.
pub(crate) fn man(command: Option<&str>) -> u8 {
    let mut program = Args::command();
    program.build();
    let page = match command {
        None => program,
        Some(name) => {
            let Some(found) = program.find_subcommand(name) else {
                let names: Vec<_> = program.get_subcommands().map(Command::get_name).collect();
                output::complain(&format!(
                    "there is no command `{}`; expected one of {}",
                    patch_digest_core::shown::plain(name),
                    names.join(", ")
                ));
                return FAILED;
            };
            found.clone()
        }
    };
    let title = page.get_display_name().unwrap_or("patch-digest").to_owned();
    let mut text = Vec::new();
    match clap_mangen::Man::new(page).title(title).render(&mut text) {
        Ok(()) => print(&text),
        Err(error) => {
            output::complain(&format!("making the page: {error}"));
            FAILED
        }
    }
}

fn print(text: &[u8]) -> u8 {
    let printed = output::print(&String::from_utf8_lossy(text));
    match printed {
        Ok(()) => CLEAN,
        Err(message) => {
            output::complain(&message);
            FAILED
        }
    }
}
