//! The pure crates deny more than the workspace does: panics, unchecked arithmetic, floats, clocks, hash maps.
//!
//! Cargo cannot add lints to the inherited table and clippy does not merge its configuration files, so each of these
//! crates carries a header in `lib.rs` and a `clippy.toml` of its own.

use super::{PURE_CRATES, Violation, repo::Repo, rust};
use toml::{Table, Value};

const RULE: &str = "header";

const LINTS: [&str; 12] = [
    "wildcard_enum_match_arm",
    "unwrap_used",
    "expect_used",
    "panic",
    "unreachable",
    "indexing_slicing",
    "string_slice",
    "arithmetic_side_effects",
    "float_arithmetic",
    "cast_possible_truncation",
    "cast_sign_loss",
    "cast_possible_wrap",
];

/// Per key of a `clippy.toml`, the paths that it must list with a reason.
const DISALLOWED: [(&str, &[&str]); 2] = [
    (
        "disallowed-methods",
        &[
            "std::time::SystemTime::now",
            "std::time::Instant::now",
            "std::env::var",
            "std::fs::read",
            "std::thread::spawn",
        ],
    ),
    ("disallowed-types", &["std::collections::HashMap", "std::collections::HashSet"]),
];

pub(super) fn check(repo: &Repo) -> Vec<Violation> {
    let shared = repo.text("clippy.toml").and_then(|text| text.parse().ok()).unwrap_or_default();
    let check_crate = |folder: &str| {
        let mut violations = check_lints(repo, &format!("crates/{folder}/src/lib.rs"));
        violations.extend(check_config(repo, &format!("crates/{folder}/clippy.toml"), &shared));
        violations
    };
    PURE_CRATES.into_iter().flat_map(check_crate).collect()
}

fn check_lints(repo: &Repo, path: &str) -> Vec<Violation> {
    let code = rust::code_only(repo.text(path).unwrap_or_default());
    let denied: Vec<&str> = ["#![deny(", "#![forbid("]
        .into_iter()
        .flat_map(|start| code.split(start).skip(1))
        .flat_map(|inside| inside.split(")]").next().unwrap_or_default().split(','))
        .filter_map(|lint| lint.trim().strip_prefix("clippy::"))
        .collect();
    let missing: Vec<&str> = LINTS.into_iter().filter(|lint| !denied.contains(lint)).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let what = format!("deny in the `#![deny(…)]` of the crate: clippy::{}", missing.join(", clippy::"));
    vec![Violation::new(RULE, (path, 1), what)]
}

fn check_config(repo: &Repo, path: &str, shared: &Table) -> Vec<Violation> {
    let at_top = |what: String| Violation::new(RULE, (path, 1), what);
    let config: Table = match repo.text(path).map(str::parse) {
        Some(Ok(config)) => config,
        Some(Err(error)) => return vec![at_top(format!("mend the syntax: {error}"))],
        None => return vec![at_top("write this file: see the other pure crates".to_owned())],
    };
    let thresholds = shared.iter().filter(|(key, value)| config.get(*key) != Some(value));
    let mut violations: Vec<Violation> =
        thresholds.map(|(key, value)| at_top(format!("repeat `{key} = {value}` of the root"))).collect();
    for (key, paths) in DISALLOWED {
        let listed = config.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let missing = paths.iter().filter(|path| !listed.iter().any(|entry| forbids(entry, path)));
        violations.extend(missing.map(|path| at_top(format!("list `{path}` under `{key}` with a reason"))));
    }
    violations
}

/// Whether `entry` is `{ path = "<path>", reason = "…" }`.
fn forbids(entry: &Value, path: &str) -> bool {
    let text = |key| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    text("path") == path && !text("reason").trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::{super::repo::fixture, *};

    const ROOT: &str = "too-many-lines-threshold = 70\n";

    fn lib() -> String {
        format!("//! A pure crate.\n#![deny(\n    clippy::{}\n)]\n", LINTS.join(", // why\n    clippy::"))
    }

    fn config() -> String {
        let list = |paths: &[&str]| -> String {
            paths.iter().map(|path| format!("{{ path = \"{path}\", reason = \"pure\" }},")).collect()
        };
        let lists: String = DISALLOWED.iter().map(|(key, paths)| format!("{key} = [{}]\n", list(paths))).collect();
        format!("{ROOT}{lists}")
    }

    fn report(lib: &str, config: &str) -> Vec<String> {
        let mut repo = fixture::files(&[("clippy.toml", ROOT)]);
        for folder in PURE_CRATES {
            repo.files.insert(format!("crates/{folder}/src/lib.rs"), lib.to_owned());
            repo.files.insert(format!("crates/{folder}/clippy.toml"), config.to_owned());
        }
        check(&repo).iter().filter(|found| found.path.starts_with("crates/exec/")).map(ToString::to_string).collect()
    }

    #[test]
    fn accepts_a_full_header() {
        assert_eq!(report(&lib(), &config()), [""; 0]);
    }

    #[test]
    fn finds_a_lint_that_is_missing_or_only_mentioned() {
        let lib = lib().replace("clippy::panic,", "// clippy::panic,");
        let expected = "crates/exec/src/lib.rs:1: header: deny in the `#![deny(…)]` of the crate: clippy::panic";
        assert_eq!(report(&lib, &config()), [expected]);
        assert_eq!(report("", &config()).len(), 1);
    }

    #[test]
    fn finds_what_a_configuration_lacks() {
        let rows = [
            (config().replace(" = 70", " = 90"), "repeat `too-many-lines-threshold = 70`"),
            (
                config().replace("SystemTime", "SomeTime"),
                "list `std::time::SystemTime::now` under `disallowed-methods`",
            ),
            (config().replace("HashSet\", reason = \"pure\"", "HashSet\""), "list `std::collections::HashSet`"),
            ("disallowed-types = [".to_owned(), "mend the syntax"),
        ];
        for (config, what) in rows {
            let report = report(&lib(), &config);
            assert!(report.len() == 1 && report[0].contains(what), "{what}: {report:?}");
        }
    }

    #[test]
    fn finds_a_missing_configuration() {
        let report = check(&fixture::files(&[]));
        assert_eq!(report.len(), 2 * PURE_CRATES.len());
    }
}
