//! `docs/operate.md` as procedures: what stands in it to be typed.

use std::{fs, path::Path};

/// A second heading with its blocks of commands.
#[derive(Debug)]
pub(super) struct Procedure {
    pub(super) title: String,
    /// Per block the commands, one a line; a command that goes on behind a backslash is one.
    pub(super) blocks: Vec<Vec<String>>,
}

/// The text of the page.
pub(super) fn text() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operate.md")).unwrap()
}

/// All procedures of the page, in order.
pub(super) fn procedures(text: &str) -> Vec<Procedure> {
    let mut found: Vec<Procedure> = Vec::new();
    let mut is_inside = false;
    for line in text.lines() {
        match (line, is_inside) {
            ("```sh", false) => {
                is_inside = true;
                found.last_mut().expect("no commands before the first procedure").blocks.push(vec![String::new()]);
            }
            ("```", true) => {
                is_inside = false;
                let block = found.last_mut().and_then(|procedure| procedure.blocks.last_mut()).unwrap();
                assert_eq!(block.pop().as_deref(), Some(""), "a block ends with a whole command");
            }
            (line, true) => {
                let block = found.last_mut().and_then(|procedure| procedure.blocks.last_mut()).unwrap();
                let command = block.last_mut().unwrap();
                match line.strip_suffix('\\') {
                    Some(part) => command.push_str(part),
                    None => {
                        command.push_str(line);
                        block.push(String::new());
                    }
                }
            }
            (line, false) => {
                assert!(!line.starts_with("```"), "a block that is no `sh` is not run: {line}");
                if let Some(title) = line.strip_prefix("## ") {
                    found.push(Procedure { title: title.to_owned(), blocks: Vec::new() });
                }
            }
        }
    }
    assert!(!is_inside, "the last block has no end");
    found
}

#[test]
fn commands_are_found_whole_and_by_procedure() {
    let text = "# A\n\n## B\n\nWords.\n\n```sh\none \\\n  more\ntwo\n```\n\n```sh\nthree\n```\n\n## C\n";
    let found = procedures(text);
    let titles: Vec<&str> = found.iter().map(|procedure| procedure.title.as_str()).collect();
    assert_eq!(titles, ["B", "C"]);
    assert_eq!(found[0].blocks, [vec!["one   more".to_owned(), "two".to_owned()], vec!["three".to_owned()]]);
    assert!(found[1].blocks.is_empty());
}
