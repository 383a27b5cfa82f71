//! The checkout as the rules see it: read once, then only in memory.

use super::{PURE_CRATES, metadata::Metadata};
use anyhow::{Context as _, Result, bail};
use std::{collections::BTreeMap, env, fs, path::Path, process::Command};

/// What the rules look at.
#[derive(Default)]
pub(super) struct Repo {
    /// Text by path relative to the top; files that are not UTF-8 are left out.
    pub(super) files: BTreeMap<String, String>,
    pub(super) metadata: Metadata,
    /// Per pure package, what `cargo tree` prints with the depth before each name.
    pub(super) dependency_trees: BTreeMap<String, String>,
}

impl Repo {
    /// Reads the checkout at `root`.
    pub(super) fn load(root: &Path) -> Result<Self> {
        let metadata = cargo(root, &["metadata", "--format-version", "1"])?;
        Ok(Self {
            files: read_files(root)?,
            metadata: serde_json::from_str(&metadata).context("reading the answer of `cargo metadata`")?,
            dependency_trees: read_dependency_trees(root)?,
        })
    }

    /// The text of the file at `path`.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Path and text of the files whose path begins with `prefix`.
    pub(super) fn under(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        let files = self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        files.filter(move |(path, _)| path.starts_with(prefix))
    }

    /// The first line of the file at `path` that begins with `start`; 1 if there is none.
    pub(super) fn line_of(&self, path: &str, start: &str) -> usize {
        let found = self.text(path).and_then(|text| text.lines().position(|line| line.starts_with(start)));
        found.map_or(1, |index| index + 1)
    }
}

/// Everything that is or could be committed.
fn read_files(root: &Path) -> Result<BTreeMap<String, String>> {
    let args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let list = git(root, &args)?;
    let mut files = BTreeMap::new();
    for path in list.split_terminator('\0') {
        let file = root.join(path);
        // A file that was deleted and not yet committed is still listed.
        if !file.is_file() {
            continue;
        }
        let bytes = fs::read(&file).with_context(|| format!("reading `{path}`"))?;
        if let Ok(text) = String::from_utf8(bytes) {
            files.insert(path.to_owned(), text);
        }
    }
    Ok(files)
}

/// Asks for each pure crate alone: what another crate switches on in a shared dependency is not its doing.
fn read_dependency_trees(root: &Path) -> Result<BTreeMap<String, String>> {
    let read = |folder| {
        let package = format!("epione-{folder}");
        let tree = cargo(root, &["tree", "--package", &package, "--edges", "normal", "--prefix", "depth"])?;
        Ok((package, tree))
    };
    PURE_CRATES.into_iter().map(read).collect()
}

/// What `git` prints of the checkout at `root`, also inside a hook, where git points commands to its own checkout.
fn git(root: &Path, args: &[&str]) -> Result<String> {
    let mut command = Command::new("git");
    command.current_dir(root).args(args);
    for inherited in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(inherited);
    }
    output(&mut command)
}

/// What `cargo` prints; without the network if everything is here, for speed and for machines without one.
fn cargo(root: &Path, args: &[&str]) -> Result<String> {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let command = || {
        let mut command = Command::new(&program);
        command.current_dir(root).args(args).arg("--locked");
        command
    };
    output(command().arg("--offline")).or_else(|_offline| output(&mut command()))
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("starting {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).with_context(|| format!("reading the answer of {command:?}"))
}

#[cfg(test)]
pub(super) mod fixture {
    use super::Repo;

    /// A checkout of these files only.
    pub(in crate::tidy) fn files(files: &[(&str, &str)]) -> Repo {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Repo { files, ..Repo::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_text_that_is_or_could_be_committed() {
        let top = tempfile::tempdir().unwrap();
        git(top.path(), &["init", "--quiet"]).unwrap();
        fs::write(top.path().join(".gitignore"), "ignored\n").unwrap();
        fs::write(top.path().join("ignored"), "out").unwrap();
        fs::write(top.path().join("tracked"), "in").unwrap();
        fs::write(top.path().join("deleted"), "gone").unwrap();
        git(top.path(), &["add", "tracked", "deleted"]).unwrap();
        fs::remove_file(top.path().join("deleted")).unwrap();
        fs::write(top.path().join("binary"), [0xff, 0xfe]).unwrap();
        fs::write(top.path().join("new"), "in").unwrap();

        let files = read_files(top.path()).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), [".gitignore", "new", "tracked"]);
    }

    #[test]
    fn a_failing_command_tells_why() {
        let error = git(Path::new("."), &["no-such-verb"]).unwrap_err();
        assert!(error.to_string().contains("no-such-verb"), "{error}");
    }
}
