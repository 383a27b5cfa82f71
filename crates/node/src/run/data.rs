//! The data directory: of one chain, and for one process at a time.

use anyhow::{Context as _, Result, bail, ensure};
use epione_types::ChainId;
use std::{
    fs::{File, TryLockError},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};

/// Makes the data directory unless it is there, and holds it until the file is dropped or the process has ended. The file
/// names the chain.
///
/// # Errors
/// If it cannot be made, another process holds it, or it belongs to another chain.
pub(crate) fn hold(data: &Path, chain: ChainId) -> Result<File> {
    let at = || format!("data directory {}", data.display());
    std::fs::create_dir_all(data).with_context(at)?;
    let path = data.join("chain");
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(path).with_context(at)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => bail!("{} is used by another process: stop that one first", at()),
        Err(TryLockError::Error(error)) => return Err(error).with_context(at),
    }
    let mut found = String::new();
    file.read_to_string(&mut found).with_context(at)?;
    // A line without an end was being written when the machine failed.
    match found.split_inclusive('\n').find_map(|line| line.strip_suffix('\n')) {
        Some(found) => {
            ensure!(
                found == chain.to_string(),
                "{} belongs to another chain, {found}: choose another `data_dir`",
                at()
            );
        }
        None => {
            file.seek(SeekFrom::Start(0)).with_context(at)?;
            file.write_all(format!("{chain}\n").as_bytes()).with_context(at)?;
            file.sync_all().with_context(at)?;
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_held_until_it_is_let_go_and_stays_with_its_chain() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("a/b");
        let (one, other) = (ChainId([1; 32]), ChainId([2; 32]));
        let refused = |data: &Path, chain| format!("{:#}", hold(data, chain).unwrap_err());
        let held = hold(&data, one).unwrap();
        assert!(refused(&data, one).contains("a/b is used by another process"), "{}", refused(&data, one));
        drop(held);
        drop(hold(&data, one).unwrap());
        let error = refused(&data, other);
        assert!(error.contains("another chain") && error.contains(&one.to_string()), "{error}");
        std::fs::write(folder.path().join("file"), "").unwrap();
        let error = refused(&folder.path().join("file"), one);
        assert!(error.starts_with("data directory") && error.contains("file"), "{error}");
    }
}
