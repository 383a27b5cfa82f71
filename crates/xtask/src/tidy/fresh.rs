//! Generated files contain what would be generated now.

use super::{Violation, repo::Repo};
use crate::generated::{self, Generated, PAGES};
use anyhow::Result;

const RULE: &str = "fresh";

pub(super) fn check(repo: &Repo) -> Vec<Violation> {
    compare(repo, generated::all())
}

fn compare(repo: &Repo, generated: Result<Vec<Generated>>) -> Vec<Violation> {
    let generated = match generated {
        Ok(generated) => generated,
        Err(error) => return vec![Violation::new(RULE, (PAGES, 1), format!("mend what generates this: {error:#}"))],
    };
    let orphans = repo.under(PAGES).filter(|(path, _)| generated.iter().all(|file| file.path != *path));
    let orphans = orphans.map(|(path, _)| Violation::new(RULE, (path, 1), "delete this file: nothing generates it"));
    generated.iter().filter_map(|file| stale(repo, file)).chain(orphans).collect()
}

fn stale(repo: &Repo, file: &Generated) -> Option<Violation> {
    let found = repo.text(&file.path).unwrap_or_default();
    if found == file.content {
        return None;
    }
    let same = file.content.lines().zip(found.lines()).take_while(|(expected, found)| expected == found);
    let line = same.count() + 1;
    Some(Violation::new(RULE, (&file.path, line), "run `cargo xtask docs`: this file differs from this line on"))
}

#[cfg(test)]
mod tests {
    use super::{super::repo::fixture, *};
    use anyhow::bail;

    fn file(content: &str) -> Vec<Generated> {
        vec![Generated { path: format!("{PAGES}a.md"), content: content.to_owned() }]
    }

    fn report(files: &[(&str, &str)], generated: Result<Vec<Generated>>) -> Vec<String> {
        compare(&fixture::files(files), generated).iter().map(ToString::to_string).collect()
    }

    const TREE: &[(&str, &str)] = &[("docs/modules/a.md", "one\ntwo\n"), ("docs/other.md", "by hand\n")];

    #[test]
    fn accepts_what_is_fresh() {
        assert_eq!(report(TREE, Ok(file("one\ntwo\n"))), [""; 0]);
    }

    #[test]
    fn finds_what_is_stale_or_missing() {
        let stale = report(TREE, Ok(file("one\n2\n")));
        assert_eq!(stale, ["docs/modules/a.md:2: fresh: run `cargo xtask docs`: this file differs from this line on"]);
        let missing = report(&[], Ok(file("one\n")));
        assert_eq!(
            missing,
            ["docs/modules/a.md:1: fresh: run `cargo xtask docs`: this file differs from this line on"]
        );
    }

    #[test]
    fn finds_a_page_of_a_module_that_is_gone() {
        let report = report(TREE, Ok(Vec::new()));
        assert_eq!(report, ["docs/modules/a.md:1: fresh: delete this file: nothing generates it"]);
    }

    #[test]
    fn finds_a_page_that_was_changed_by_hand() {
        let files = generated::all().unwrap();
        let mut tree: Vec<(&str, &str)> =
            files.iter().map(|file| (file.path.as_str(), file.content.as_str())).collect();
        assert_eq!(check(&fixture::files(&tree)), []);
        let changed = tree[0].1.replace("## Calls", "## Verbs");
        tree[0].1 = &changed;
        let found = check(&fixture::files(&tree));
        let [found] = found.as_slice() else { panic!("one violation, not {found:?}") };
        assert!(found.to_string().starts_with(files[0].path.as_str()), "{found}");
    }

    #[test]
    fn tells_why_nothing_can_be_generated() {
        let report = report(TREE, (|| bail!("no surface"))());
        assert_eq!(report, ["docs/modules/:1: fresh: mend what generates this: no surface"]);
    }
}
