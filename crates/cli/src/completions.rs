//! Completion scripts for shells.

use clap::Command;
use clap_complete::Shell;

/// The script that completes `command` on `shell`.
#[must_use]
pub fn completions(shell: Shell, command: &mut Command) -> String {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, command, name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
