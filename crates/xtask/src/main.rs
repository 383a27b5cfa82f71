//! The command line of the development tasks: `cargo xtask <task>`.
#![expect(clippy::print_stdout, reason = "a command line answers on the standard output")]

use anyhow::{Result, bail};
use epione_xtask::{sim, tidy, workspace_root, write_docs};
use std::{env, process::ExitCode};

const USAGE: &str = "\
usage: cargo xtask <task>

tasks:
  docs    write the pages about modules and docs/openapi.json
  sim     run the simulator: sim --seeds A..B [--scenario NAME] | --list
  tidy    check the rules of the workspace that compiler and clippy cannot see";

fn main() -> Result<ExitCode> {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["docs"] => {
            let written = write_docs(&workspace_root())?;
            written.iter().for_each(|path| println!("wrote {path}"));
            println!("docs: {} of the generated files were not fresh", written.len());
            Ok(ExitCode::SUCCESS)
        }
        ["sim", args @ ..] => sim::run(&workspace_root(), args),
        ["tidy"] => run_tidy(),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => bail!("no such task: `{}`\n\n{USAGE}", args.join(" ")),
    }
}

fn run_tidy() -> Result<ExitCode> {
    let violations = tidy::run(&workspace_root())?;
    for violation in &violations {
        println!("{violation}");
    }
    if violations.is_empty() {
        println!("tidy: nothing to report");
        return Ok(ExitCode::SUCCESS);
    }
    println!("tidy: {} to mend", violations.len());
    Ok(ExitCode::FAILURE)
}
