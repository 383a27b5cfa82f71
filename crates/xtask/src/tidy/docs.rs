//! Crates and calls explain themselves where they are written.

use super::{Violation, repo::Repo, rust};

const RULE: &str = "docs";
const MODULES: &str = "crates/modules/src/";

pub(super) fn check(repo: &Repo) -> Vec<Violation> {
    let roots = repo.under("crates/").filter(|(path, _)| is_crate_root(path));
    let silent = roots.filter(|(_, source)| !source.starts_with("//!"));
    let mut violations: Vec<Violation> = silent
        .map(|(path, _)| Violation::new(RULE, (path, 1), "begin with a `//!` that says what this is for"))
        .collect();
    violations.extend(repo.under(MODULES).flat_map(|(path, source)| check_calls(repo, path, source)));
    violations
}

fn is_crate_root(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts.as_slice(), ["crates", _, "src", "lib.rs" | "main.rs"])
}

/// The functions that apply a call tell how they refuse and what they emit.
fn check_calls(repo: &Repo, path: &str, source: &str) -> Vec<Violation> {
    let Some((module, file)) = path.strip_prefix(MODULES).and_then(|inside| inside.split_once('/')) else {
        return Vec::new();
    };
    if file != "apply.rs" && !file.starts_with("apply/") {
        return Vec::new();
    }
    let code = rust::code_only(source);
    let functions = rust::functions(&code).into_iter();
    let calls =
        functions.filter(|function| function.signature.contains("-> Done<") && is_call(repo, module, function.name));
    let silent = calls.filter(|function| {
        let doc = doc_above(source, function.line);
        !doc.iter().any(|line| line.starts_with("# Rejects") || line.starts_with("# Emits"))
    });
    silent
        .map(|function| {
            let what = format!("document `{}` with `# Rejects` or `# Emits`", function.name);
            Violation::new(RULE, (path, function.line), what)
        })
        .collect()
}

/// Whether the interface of `module` names `function` in camel case.
fn is_call(repo: &Repo, module: &str, function: &str) -> bool {
    let call = camel_case(function);
    let api = repo.under(MODULES).filter(|(path, _)| {
        let file = path.strip_prefix(MODULES).and_then(|inside| inside.strip_prefix(module));
        file.is_some_and(|file| file == "/api.rs" || file.starts_with("/api/"))
    });
    let mut codes = api.map(|(_, source)| rust::code_only(source));
    codes.any(|code| code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == call))
}

fn camel_case(snake_case: &str) -> String {
    let capitalized =
        |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect();
    snake_case.split('_').map(|word| -> String { capitalized(word) }).collect()
}

/// The lines of the doc comment above `line`, which is counted from 1; attributes may stand between.
fn doc_above(source: &str, line: usize) -> Vec<&str> {
    let above: Vec<&str> = source.lines().take(line - 1).map(str::trim).collect();
    let attached = above.into_iter().rev().take_while(|line| line.starts_with("///") || line.starts_with("#["));
    attached.filter_map(|line| line.strip_prefix("///")).map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::repo::fixture, *};

    const API: &str = "pub enum Call { Revoke(Revoke), BreakGlass(BreakGlass) }\n";
    const APPLY: &str = "\
/// Withdraws a grant.
///
/// # Rejects  NotFound
#[inline]
fn revoke(ctx: &mut Ctx) -> Done<Consent> {}

/// Opens in an emergency.
fn break_glass(ctx: &mut Ctx) -> Done<Consent> {}

fn helper(ctx: &mut Ctx) -> Done<Consent> {}
";

    #[test]
    fn finds_a_call_that_tells_no_rejects() {
        for (api, apply) in [("api.rs", "apply.rs"), ("api/calls.rs", "apply/all.rs")] {
            let (api, apply) = (format!("{MODULES}consent/{api}"), format!("{MODULES}consent/{apply}"));
            let report = check(&fixture::files(&[(&api, API), (&apply, APPLY)]));
            let expected = format!("{apply}:8: docs: document `break_glass` with `# Rejects` or `# Emits`");
            assert_eq!(report.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
        }
    }

    #[test]
    fn finds_a_crate_without_a_word() {
        let repo = fixture::files(&[
            ("crates/a/src/lib.rs", "//! Doc.\n"),
            ("crates/b/src/lib.rs", "mod x;\n"),
            ("crates/c/src/main.rs", "fn main() {}\n"),
            ("crates/c/src/other/lib.rs", "fn f() {}\n"),
        ]);
        let paths: Vec<String> = check(&repo).into_iter().map(|violation| violation.path).collect();
        assert_eq!(paths, ["crates/b/src/lib.rs", "crates/c/src/main.rs"]);
    }
}
