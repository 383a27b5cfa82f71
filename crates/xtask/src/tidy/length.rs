//! Files and functions stay short enough to be read at once.

use super::{Violation, repo::Repo, rust};

const RULE: &str = "length";
const FILE_AIM: usize = 400;
const FILE_MAX: usize = 800;
const FUNCTION_MAX: usize = 70;

/// Files longer than the aim, each with its reason. The list only gets shorter.
const LONG: &[(&str, &str)] = &[];

pub(super) fn check(repo: &Repo) -> Vec<Violation> {
    let mut violations = check_files(repo, LONG);
    violations.extend(production(repo).flat_map(|(path, source)| check_functions(path, source)));
    violations
}

fn production(repo: &Repo) -> impl Iterator<Item = (&str, &str)> {
    let files = repo.under("").filter(|(path, _)| rust::is_production(path));
    files.map(|(path, source)| (path, rust::without_tests(source)))
}

fn check_files(repo: &Repo, long: &[(&str, &str)]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, source) in production(repo) {
        let lines = source.lines().count();
        let is_listed = long.iter().any(|(listed, _)| *listed == path);
        let what = if lines > FILE_MAX {
            format!("split this file: {lines} lines, {FILE_MAX} are the limit")
        } else if lines > FILE_AIM && !is_listed {
            format!("split this file: {lines} lines, {FILE_AIM} are the aim")
        } else if lines <= FILE_AIM && is_listed {
            "remove this file from `LONG`: it is short now".to_owned()
        } else {
            continue;
        };
        violations.push(Violation::new(RULE, (path, lines.max(1)), what));
    }
    for (path, reason) in long {
        if repo.text(path).is_none() {
            violations.push(Violation::new(RULE, (path, 1), "remove this file from `LONG`: it is gone"));
        }
        if reason.is_empty() {
            violations.push(Violation::new(RULE, (path, 1), "give the reason why this file is in `LONG`"));
        }
    }
    violations
}

fn check_functions(path: &str, source: &str) -> Vec<Violation> {
    let code = rust::code_only(source);
    let functions = rust::functions(&code).into_iter();
    let long = functions.filter(|function| function.code_lines > FUNCTION_MAX);
    long.map(|function| {
        let (name, lines) = (function.name, function.code_lines);
        let what = format!("split `{name}`: {lines} lines, {FUNCTION_MAX} are the limit");
        Violation::new(RULE, (path, function.line), what)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::repo::fixture, *};

    fn report(lines: usize, long: &[(&str, &str)]) -> Vec<String> {
        let repo = fixture::files(&[("crates/a/src/lib.rs", &"\n".repeat(lines))]);
        check_files(&repo, long).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn finds_a_long_file() {
        const LISTED: &[(&str, &str)] = &[("crates/a/src/lib.rs", "one table")];
        assert!(report(400, &[]).is_empty());
        assert!(report(401, &[])[0].ends_with("401 lines, 400 are the aim"));
        assert!(report(800, LISTED).is_empty());
        assert!(report(801, LISTED)[0].ends_with("801 lines, 800 are the limit"));
    }

    #[test]
    fn the_list_only_gets_shorter() {
        assert!(report(400, &[("crates/a/src/lib.rs", "one table")])[0].ends_with("it is short now"));
        assert!(report(1, &[("crates/b/src/lib.rs", "one table")])[0].ends_with("it is gone"));
        assert!(report(500, &[("crates/a/src/lib.rs", "")])[0].contains("give the reason"));
    }

    #[test]
    fn does_not_count_tests() {
        let source = format!("//! Doc.\n\n#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(900));
        let tests = "\n".repeat(900);
        let repo = fixture::files(&[("crates/a/src/lib.rs", &source), ("crates/a/src/tests.rs", &tests)]);
        assert!(check(&repo).is_empty());
    }

    #[test]
    fn finds_a_long_function() {
        let source =
            |lines| format!("//! Doc.\nfn short() {{}}\n\nfn long() {{\n{}}}\n", "    step();\n\n".repeat(lines));
        assert!(check_functions("a.rs", &source(68)).is_empty());
        let report = check_functions("a.rs", &source(69));
        assert_eq!(report[0].to_string(), "a.rs:4: length: split `long`: 71 lines, 70 are the limit");
    }
}
