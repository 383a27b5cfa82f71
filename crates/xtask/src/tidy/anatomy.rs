//! Every domain module is the same eight files in the same order, so that who knows one finds the way in all.

use super::{Violation, repo::Repo, rust};
use std::collections::BTreeSet;

const RULE: &str = "anatomy";
const MODULES: &str = "crates/modules/src/";

/// What stands beside `mod.rs`, in the order in which it declares them. Each is a file or a folder.
const PARTS: [&str; 7] = ["types", "api", "state", "apply", "query", "laws", "tests"];

/// What the page of a module tells, in this order.
const HEADINGS: [&str; 6] = ["# Actors", "# Life cycle", "# Calls", "# On chain", "# Laws", "# Source"];

pub(super) fn check(repo: &Repo) -> Vec<Violation> {
    let paths = repo.under(MODULES).filter_map(|(path, _)| path.strip_prefix(MODULES)?.split_once('/'));
    let names: BTreeSet<&str> = paths.map(|(name, _)| name).filter(|name| *name != "tests").collect();
    names.into_iter().flat_map(|name| check_module(repo, name)).collect()
}

fn check_module(repo: &Repo, name: &str) -> Vec<Violation> {
    let folder = format!("{MODULES}{name}/");
    let page = format!("{folder}mod.rs");
    let mut violations = check_files(repo, &folder);
    if let Some(text) = repo.text(&page) {
        violations.extend(check_page(&page, text));
    }
    let list = format!("{MODULES}lib.rs");
    let listed = repo.text(&list).is_some_and(|text| rust::declared_modules(&rust::code_only(text)).contains(&name));
    if !listed {
        violations.push(Violation::new(RULE, (&list, 1), format!("declare the module `{name}`")));
    }
    violations
}

/// Nothing is missing from the folder and nothing else is there.
fn check_files(repo: &Repo, folder: &str) -> Vec<Violation> {
    let inside = repo.under(folder).filter_map(|(path, _)| path.strip_prefix(folder));
    let found: BTreeSet<&str> = inside.map(|path| path.split('/').next().unwrap_or(path)).collect();
    let mut violations = Vec::new();
    if !found.contains("mod.rs") {
        violations.push(Violation::new(
            RULE,
            (&format!("{folder}mod.rs"), 1),
            "write this file: the page of the module",
        ));
    }
    for part in PARTS {
        let file = format!("{part}.rs");
        let what = match (found.contains(file.as_str()), found.contains(part)) {
            (false, false) => "write this file: each module has all eight",
            (true, true) => "keep either this file or the folder of this name",
            _ => continue,
        };
        violations.push(Violation::new(RULE, (&format!("{folder}{file}"), 1), what));
    }
    let is_known = |entry: &str| entry == "mod.rs" || PARTS.contains(&entry.trim_end_matches(".rs"));
    for entry in found.into_iter().filter(|entry| !is_known(entry)) {
        let what = format!("move this into one of the parts mod, {}", PARTS.join(", "));
        violations.push(Violation::new(RULE, (&format!("{folder}{entry}"), 1), what));
    }
    violations
}

/// The page of a module has every heading and declares the parts in order.
fn check_page(page: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    let docs: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("//! ")).collect();
    let found = HEADINGS.map(|heading| docs.iter().position(|line| line.starts_with(heading)));
    for (heading, position) in HEADINGS.into_iter().zip(found) {
        if position.is_none() {
            violations.push(Violation::new(RULE, (page, 1), format!("add the heading `{heading}` to the page")));
        }
    }
    if !found.into_iter().flatten().is_sorted() {
        let what = format!("bring the headings into this order: {}", HEADINGS.join(", "));
        violations.push(Violation::new(RULE, (page, 1), what));
    }
    if rust::declared_modules(&rust::code_only(text)) != PARTS {
        let what = format!("declare exactly these modules in this order: {}", PARTS.join(", "));
        violations.push(Violation::new(RULE, (page, 1), what));
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::{super::repo::fixture, *};

    const PAGE: &str = "\
//! Notary: who knew what when.
//!
//! # Actors          members
//! # Life cycle      noted
//! # Calls           note
//! # On chain        hashes
//! # Laws            NOTARY-1
//! # Source          RFC 3161

mod types;
mod api;
pub mod state;
mod apply;
mod query;
mod laws;
#[cfg(test)]
mod tests;
";

    fn complete() -> Repo {
        let mut repo = fixture::files(&[("crates/modules/src/lib.rs", "pub mod notary;\n")]);
        for part in PARTS {
            repo.files.insert(format!("crates/modules/src/notary/{part}.rs"), String::new());
        }
        repo.files.insert("crates/modules/src/notary/mod.rs".to_owned(), PAGE.to_owned());
        repo
    }

    fn report(repo: &Repo) -> Vec<String> {
        check(repo).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn accepts_eight_files_or_folders() {
        let mut repo = complete();
        repo.files.insert("crates/modules/src/tests/over_all.rs".to_owned(), String::new());
        assert_eq!(report(&repo), [""; 0]);
        repo.files.remove("crates/modules/src/notary/apply.rs");
        repo.files.insert("crates/modules/src/notary/apply/mod.rs".to_owned(), String::new());
        repo.files.insert("crates/modules/src/notary/apply/note.rs".to_owned(), String::new());
        assert_eq!(report(&repo), [""; 0]);
    }

    #[test]
    fn finds_a_missing_a_double_and_a_foreign_file() {
        let mut repo = complete();
        repo.files.remove("crates/modules/src/notary/laws.rs");
        repo.files.insert("crates/modules/src/notary/query/mod.rs".to_owned(), String::new());
        repo.files.insert("crates/modules/src/notary/utils.rs".to_owned(), String::new());
        let report = report(&repo);
        assert_eq!(report.len(), 3, "{report:?}");
        assert!(report[0].starts_with("crates/modules/src/notary/query.rs:1: anatomy: keep either"), "{report:?}");
        assert!(report[1].starts_with("crates/modules/src/notary/laws.rs:1: anatomy: write"), "{report:?}");
        assert!(report[2].starts_with("crates/modules/src/notary/utils.rs:1: anatomy: move"), "{report:?}");
    }

    #[test]
    fn finds_a_missing_page_and_an_unlisted_module() {
        let mut repo = complete();
        repo.files.remove("crates/modules/src/notary/mod.rs");
        repo.files.insert("crates/modules/src/lib.rs".to_owned(), "// mod notary;\n".to_owned());
        let report = report(&repo);
        assert!(report[0].starts_with("crates/modules/src/notary/mod.rs:1: anatomy: write"), "{report:?}");
        assert!(report[1].ends_with("declare the module `notary`"), "{report:?}");
    }

    #[test]
    fn finds_what_a_page_lacks() {
        let swapped = PAGE.replace("mod query;\nmod laws;", "mod laws;\nmod query;");
        assert!(check_page("mod.rs", &swapped)[0].to_string().contains("declare exactly these"));
        let without_source = PAGE.replace("# Source", "Source");
        assert!(check_page("mod.rs", &without_source)[0].to_string().contains("`# Source`"));
        let unordered = PAGE.replace("# Actors", "# X").replace("# Laws", "# Actors").replace("# X", "# Laws");
        assert!(check_page("mod.rs", &unordered)[0].to_string().contains("this order"));
    }
}
