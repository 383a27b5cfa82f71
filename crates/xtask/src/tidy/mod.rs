//! Rules of the workspace that neither the compiler nor clippy can check.
//!
//! One rule per file; a rule is a plain function from what was read of the checkout to its violations, so each is
//! tested on a small fixture. Add a rule: write its file and add it to [`CHECKS`].

mod metadata;
mod repo;
mod rust;
mod spdx;

mod adr;
mod anatomy;
mod docs;
mod engine;
mod fresh;
mod header;
mod layers;
mod length;
mod licenses;
mod pure;
mod todo;
mod words;

use anyhow::Result;
use repo::Repo;
use std::{fmt, path::Path};

/// Folders, under `crates`, of the crates without clock, randomness, I/O and logging.
const PURE_CRATES: [&str; 5] = ["types", "verify", "kernel", "modules", "exec"];

/// Every rule.
const CHECKS: &[fn(&Repo) -> Vec<Violation>] = &[
    layers::check,
    pure::check,
    engine::check,
    anatomy::check,
    header::check,
    length::check,
    docs::check,
    licenses::check,
    todo::check,
    words::check,
    adr::check,
    fresh::check,
];

/// One place where a rule is broken. Printed as `path:line: rule: what to do`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    path: String,
    line: usize,
    rule: &'static str,
    what: String,
}

impl Violation {
    /// A violation of `rule` at a line, counted from 1, of the file `path`; `what` tells what to do.
    fn new(rule: &'static str, (path, line): (&str, usize), what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, rule, what: what.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.rule, self.what)
    }
}

/// Runs every rule over the checkout at `root` and gives the violations by path and line.
///
/// # Errors
/// If the checkout cannot be read, or if `git` or `cargo` fail.
pub fn run(root: &Path) -> Result<Vec<Violation>> {
    let repo = Repo::load(root)?;
    let mut violations: Vec<Violation> = CHECKS.iter().flat_map(|check| check(&repo)).collect();
    violations.sort();
    Ok(violations)
}
