//! Work that is put off stands in a decision record, not in a comment that nobody finds again.

use super::{Violation, repo::Repo};

const RULE: &str = "todo";

/// The words that mark work put off; split, so that this file does not contain them.
const MARKERS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];

/// Ends of the names of files that people write; a file without a dot in its name is one, too.
const WRITTEN: [&str; 11] = [".rs", ".toml", ".md", ".sh", ".yml", ".yaml", ".sql", ".html", ".css", ".js", ".proto"];

pub(super) fn check(repo: &Repo) -> Vec<Violation> {
    let written = repo.under("").filter(|(path, _)| is_written(path));
    written.flat_map(|(path, text)| check_file(path, text)).collect()
}

fn is_written(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !name.contains('.') || WRITTEN.iter().any(|end| name.ends_with(end))
}

fn check_file(path: &str, text: &str) -> Vec<Violation> {
    let marked = text.lines().enumerate().filter_map(|(index, line)| Some((index + 1, marker(line)?)));
    marked
        .map(|(line, marker)| {
            let what = format!("do it, or name the decision that puts it off: `{marker} ADR-0001`");
            Violation::new(RULE, (path, line), what)
        })
        .collect()
}

/// The marker in `line` that names no decision. A word in backticks or quotes only talks about markers.
fn marker(line: &str) -> Option<&'static str> {
    if names_decision(line) {
        return None;
    }
    let is_marker = |start: usize, marker: &str| {
        let before = line[..start].chars().next_back();
        let after = line[start + marker.len()..].chars().next();
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !is_word(before) && !is_word(after) && !matches!(before, Some('`' | '"'))
    };
    MARKERS.into_iter().find(|marker| line.match_indices(marker).any(|(start, _)| is_marker(start, marker)))
}

fn names_decision(line: &str) -> bool {
    let mut numbers = line.split("ADR-").skip(1);
    numbers.any(|rest| rest.chars().take_while(char::is_ascii_digit).count() >= 3)
}

#[cfg(test)]
mod tests {
    use super::{super::repo::fixture, *};

    #[test]
    fn finds_work_put_off_without_decision() {
        for word in MARKERS {
            let line = format!("fn f() {{}} // {word}: later");
            let report = check(&fixture::files(&[("a.rs", &format!("\n{line}\n")), ("data.csv", &line)]));
            let [found] = report.as_slice() else { panic!("one violation, not {report:?}") };
            assert!(found.to_string().starts_with("a.rs:2: todo: do it"), "{found}");
            assert_eq!(marker(&format!("// {word} ADR-0007: later")), None);
            assert_eq!(marker(&format!("// {word} ADR-7: later")), Some(word));
            assert_eq!(marker(&format!("the word `{word}` needs a decision")), None);
            assert_eq!(marker(&format!("MY_{word}S")), None);
        }
    }

    #[test]
    fn reads_what_people_write() {
        assert!(is_written(".ci/run") && is_written("docs/a.md"));
        assert!(!is_written("vectors/tx.json"));
    }
}
