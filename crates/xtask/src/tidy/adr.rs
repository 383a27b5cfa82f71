//! Decision records are numbered without gaps, tell their status, and stand in the index.

use super::{Violation, repo::Repo};

const RULE: &str = "adr";
const FOLDER: &str = "docs/adr/";

pub(super) fn check(repo: &Repo) -> Vec<Violation> {
    let index = format!("{FOLDER}README.md");
    let listed = repo.text(&index).unwrap_or_default();
    let mut violations = Vec::new();
    let mut numbers = Vec::new();
    for (path, text) in repo.under(FOLDER).filter(|(path, _)| *path != index) {
        let name = path.trim_start_matches(FOLDER);
        let Some(number) = number(name) else {
            violations.push(Violation::new(RULE, (path, 1), "name this file `NNNN-title.md`"));
            continue;
        };
        numbers.push((number, path));
        if !text.lines().any(states_status) {
            violations.push(Violation::new(
                RULE,
                (path, 1),
                "add a line `Status: Proposed`, `Accepted` or `Superseded`",
            ));
        }
        if !listed.contains(name) {
            violations.push(Violation::new(RULE, (&index, 1), format!("list `{name}`")));
        }
    }
    violations.extend(check_numbers(&numbers));
    violations
}

/// The number of a record whose file has the name `NNNN-title.md`.
fn number(name: &str) -> Option<u32> {
    let (digits, title) = name.strip_suffix(".md")?.split_once('-')?;
    let is_number = digits.len() == 4 && digits.chars().all(|c| c.is_ascii_digit());
    let is_title = !title.is_empty() && title.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if is_number && is_title { digits.parse().ok() } else { None }
}

/// Whether the line gives the status, be it in a list or in bold.
fn states_status(line: &str) -> bool {
    line.trim_start_matches(['*', '-', ' ']).starts_with("Status:")
}

/// The first record is number 0 or 1 and each next one is one higher; they come sorted by name.
fn check_numbers(numbers: &[(u32, &str)]) -> Vec<Violation> {
    let first = numbers.first().map_or(0, |(number, _)| (*number).min(1));
    let wrong = numbers.iter().zip(first..).filter(|((number, _), expected)| number != expected);
    wrong
        .map(|((_, path), expected)| {
            Violation::new(RULE, (path, 1), format!("give this record the number {expected:04}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::repo::fixture, *};

    fn report(records: &[(&str, &str)], index: &str) -> Vec<String> {
        let mut repo = fixture::files(&[("docs/adr/README.md", index)]);
        for (name, text) in records {
            repo.files.insert(format!("{FOLDER}{name}"), (*text).to_owned());
        }
        check(&repo).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn accepts_a_sequence() {
        let records = [("0001-a.md", "# A\n\nStatus: Accepted\n"), ("0002-b-2.md", "- **Status:** Proposed\n")];
        assert_eq!(report(&records, "[A](0001-a.md) [B](0002-b-2.md)"), [""; 0]);
        assert_eq!(report(&[], ""), [""; 0]);
    }

    #[test]
    fn finds_gaps_and_doubles() {
        let status = "Status: Accepted\n";
        let gap = report(&[("0001-a.md", status), ("0003-b.md", status)], "0001-a.md 0003-b.md");
        assert_eq!(gap, ["docs/adr/0003-b.md:1: adr: give this record the number 0002"]);
        let double = report(&[("0001-a.md", status), ("0001-b.md", status)], "0001-a.md 0001-b.md");
        assert_eq!(double, ["docs/adr/0001-b.md:1: adr: give this record the number 0002"]);
        assert_eq!(report(&[("0004-a.md", status)], "0004-a.md").len(), 1);
    }

    #[test]
    fn finds_a_wrong_name_a_missing_status_and_a_missing_entry() {
        let report = report(&[("1-a.md", ""), ("0001-a.md", "Status\n")], "");
        assert_eq!(report.len(), 3, "{report:?}");
        assert!(report[0].starts_with("docs/adr/0001-a.md:1: adr: add a line `Status: Proposed`"), "{report:?}");
        assert_eq!(report[1], "docs/adr/README.md:1: adr: list `0001-a.md`");
        assert_eq!(report[2], "docs/adr/1-a.md:1: adr: name this file `NNNN-title.md`");
    }
}
