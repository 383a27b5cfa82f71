//! Generated files contain what would be generated now.

use super::{Violation, repo::Repo};
use crate::generated::{self, Generated};

const RULE: &str = "fresh";

pub(super) fn check(repo: &Repo) -> Vec<Violation> {
    compare(repo, generated::ALL)
}

fn compare(repo: &Repo, generated: &[Generated]) -> Vec<Violation> {
    generated.iter().filter_map(|file| stale(repo, file)).collect()
}

fn stale(repo: &Repo, file: &Generated) -> Option<Violation> {
    let found = repo.text(file.path).unwrap_or_default();
    match (file.content)() {
        Ok(expected) if expected == found => None,
        Ok(expected) => {
            let same = expected.lines().zip(found.lines()).take_while(|(expected, found)| expected == found);
            let line = same.count() + 1;
            Some(Violation::new(RULE, (file.path, line), "generate this file again: it differs from this line on"))
        }
        Err(error) => Some(Violation::new(RULE, (file.path, 1), format!("mend what generates this file: {error:#}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::repo::fixture, *};
    use anyhow::bail;

    fn report(content: fn() -> anyhow::Result<String>) -> Vec<String> {
        let repo = fixture::files(&[("docs/api.md", "one\ntwo\n")]);
        compare(&repo, &[Generated { path: "docs/api.md", content }]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn accepts_what_is_fresh() {
        assert_eq!(report(|| Ok("one\ntwo\n".to_owned())), [""; 0]);
    }

    #[test]
    fn finds_what_is_stale_or_missing() {
        let stale = report(|| Ok("one\n2\n".to_owned()));
        assert_eq!(stale, ["docs/api.md:2: fresh: generate this file again: it differs from this line on"]);
        let missing =
            compare(&Repo::default(), &[Generated { path: "docs/api.md", content: || Ok("one\n".to_owned()) }]);
        assert_eq!(missing.len(), 1);
    }

    #[test]
    fn tells_why_nothing_can_be_generated() {
        assert_eq!(report(|| bail!("no surface")), ["docs/api.md:1: fresh: mend what generates this file: no surface"]);
    }
}
