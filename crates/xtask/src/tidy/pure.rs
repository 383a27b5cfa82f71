//! The pure crates reach no clock, randomness, I/O, runtime or logging, however indirectly.
//!
//! `rand_core` is allowed: it holds traits only.

use super::{Violation, repo::Repo};

const RULE: &str = "pure";

/// Crates that bring in what a pure crate must not have.
const FORBIDDEN: &[&str] = &[
    // Runtimes and networks.
    "tokio",
    "async-std",
    "reqwest",
    "hyper",
    "axum",
    // Randomness.
    "rand",
    "getrandom",
    // Clocks and calendars.
    "chrono",
    "time",
    "jiff",
    // Logging, and what writes for the crate `log`.
    "tracing",
    "tracing-log",
    "env_logger",
    "pretty_env_logger",
    "simple_logger",
    "simplelog",
    "stderrlog",
    "flexi_logger",
    "fern",
    "log4rs",
    "syslog",
];

pub(super) fn check(repo: &Repo) -> Vec<Violation> {
    repo.dependency_trees.iter().flat_map(|(package, tree)| check_tree(repo, package, tree)).collect()
}

fn check_tree(repo: &Repo, package: &str, tree: &str) -> Vec<Violation> {
    let manifest = format!("crates/{}/Cargo.toml", package.trim_start_matches("epione-"));
    let report = |path: &Vec<&str>| {
        let line = path.get(1).map_or(1, |direct| repo.line_of(&manifest, direct));
        let what = format!("a pure crate must not reach this: {}", path.join(" > "));
        Violation::new(RULE, (&manifest, line), what)
    };
    forbidden_paths(tree).iter().map(report).collect()
}

/// The ways from the root to a forbidden crate in a tree whose lines are `<depth><name> v<version> …`.
fn forbidden_paths(tree: &str) -> Vec<Vec<&str>> {
    let mut path = Vec::new();
    let mut found = Vec::new();
    for line in tree.lines() {
        let name = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let depth = line[..line.len() - name.len()].parse().unwrap_or(0);
        let name = name.split(' ').next().unwrap_or_default();
        path.truncate(depth);
        path.push(name);
        if FORBIDDEN.contains(&name) {
            found.push(path.clone());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::repo::fixture, *};

    const TREE: &str = "\
0epione-types v0.1.0 (path)
1sha2 v0.11.1
2digest v0.11.3
3getrandom v0.4.1
1rand_core v0.10.1
1rand v0.10.0
";

    #[test]
    fn prints_the_way_to_a_forbidden_crate() {
        let mut repo = fixture::files(&[("crates/types/Cargo.toml", "[dependencies]\nsha2 = 1\nrand = 1\n")]);
        repo.dependency_trees.insert("epione-types".to_owned(), TREE.to_owned());
        let report: Vec<String> = check(&repo).iter().map(ToString::to_string).collect();
        let start = "pure: a pure crate must not reach this: epione-types >";
        assert_eq!(
            report,
            [
                format!("crates/types/Cargo.toml:2: {start} sha2 > digest > getrandom"),
                format!("crates/types/Cargo.toml:3: {start} rand"),
            ]
        );
    }

    #[test]
    fn allows_the_rest() {
        assert!(forbidden_paths("0epione-types v0.1.0\n1rand_core v0.10.1\n1timely v1.0.0\n").is_empty());
    }
}
