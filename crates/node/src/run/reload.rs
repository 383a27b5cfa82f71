//! Files that are read again when they change.

use epione_peer::IdentityError;
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// How often is looked whether a file changed.
const LOOK: Duration = Duration::from_secs(1);

/// What of files changes when they do: names, times, lengths.
type Print = Vec<(PathBuf, Option<SystemTime>, u64)>;

/// Loads again whenever one of `paths` changes, a folder with all that is in it, and hands over what was loaded. What cannot
/// be used is told in the log, and what was loaded before stays. Never ends.
pub(super) async fn watch_files<T>(
    paths: Vec<PathBuf>,
    load: impl Fn() -> Result<T, IdentityError>,
    replace: impl FnMut(T),
) {
    watch_each(LOOK, paths, load, replace).await;
}

async fn watch_each<T>(
    look: Duration,
    paths: Vec<PathBuf>,
    load: impl Fn() -> Result<T, IdentityError>,
    mut replace: impl FnMut(T),
) {
    let mut used = print(&paths);
    let mut refused = None;
    loop {
        tokio::time::sleep(look).await;
        let found = print(&paths);
        if found == used || refused.as_ref() == Some(&found) {
            continue;
        }
        match load() {
            Ok(loaded) => {
                replace(loaded);
                (used, refused) = (found, None);
            }
            Err(error) => {
                let error = format!("{:#}", anyhow::Error::from(error));
                tracing::error!(error, "changed certificates cannot be used: those from before stay in use");
                refused = Some(found);
            }
        }
    }
}

fn print(paths: &[PathBuf]) -> Print {
    let mut all: Print = paths.iter().flat_map(|path| inside(path)).collect();
    all.sort();
    all
}

fn inside(path: &Path) -> Print {
    let of = |path: PathBuf| {
        let found = fs::metadata(&path).ok();
        let changed = found.as_ref().and_then(|found| found.modified().ok());
        (path, changed, found.map_or(0, |found| found.len()))
    };
    match fs::read_dir(path) {
        Ok(entries) => entries.flatten().map(|entry| of(entry.path())).collect(),
        Err(_) => vec![of(path.to_owned())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[tokio::test]
    async fn what_changes_is_loaded_and_what_is_wrong_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        fs::write(&file, "1").unwrap();
        let seen = RefCell::new(Vec::new());
        let path = file.clone();
        let load = || {
            let text = fs::read_to_string(&path).unwrap();
            let wrong = IdentityError::Make("wrong".to_owned());
            if text.starts_with("wrong") { Err(wrong) } else { Ok(text) }
        };
        let look = Duration::from_millis(20);
        let watching = watch_each(look, vec![folder.path().to_owned()], load, |text| seen.borrow_mut().push(text));
        let changing = async {
            // What the file is like at the beginning has been seen by then.
            tokio::time::sleep(10 * look).await;
            for text in ["22", "wrong", "wrong again", "333", "333"] {
                fs::write(&file, text).unwrap();
                tokio::time::sleep(10 * look).await;
            }
        };
        tokio::select! {
            () = watching => {}
            () = changing => {}
        }
        assert_eq!(seen.borrow()[..2], ["22", "333"]);
    }
}
