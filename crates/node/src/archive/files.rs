//! The files of an archive on disk.

use anyhow::{Context as _, Result, ensure};
use epione_verify::archive::{Damage, Fault};
use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read as _, Write as _},
    os::unix::fs::MetadataExt as _,
    path::Path,
};

/// The bytes of a file of the archive in `dir`, at most `most` and one: then it is too long.
///
/// # Errors
/// [`Fault::Missing`], as a [`Damage`]; or why it cannot be read.
pub(super) fn read(dir: &Path, name: &str, most: usize) -> Result<Result<Vec<u8>, Damage>> {
    let path = dir.join(name);
    let mut bytes = Vec::new();
    let most = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    match File::open(&path).and_then(|file| file.take(most).read_to_end(&mut bytes)) {
        Ok(_) => Ok(Ok(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Err(Damage::of(name, Fault::Missing))),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// The names of all that is in `dir`, in order.
///
/// # Errors
/// If it cannot be read.
pub(super) fn names(dir: &Path) -> Result<Vec<String>> {
    let read = || -> io::Result<Vec<String>> {
        let entries = fs::read_dir(dir)?;
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    };
    let mut names = read().with_context(|| dir.display().to_string())?;
    names.sort_unstable();
    Ok(names)
}

/// Refuses a directory in which something is; one that is not there is as good as empty.
///
/// # Errors
/// If it is not empty: what is there.
pub(super) fn ensure_empty(what: &str, dir: &Path) -> Result<()> {
    if !dir.try_exists().with_context(|| dir.display().to_string())? {
        return Ok(());
    }
    let found = names(dir)?;
    let some: Vec<&str> = found.iter().map(String::as_str).take(5).collect();
    let more = if found.len() > some.len() { ", …" } else { "" };
    ensure!(
        found.is_empty(),
        "{what} {} is not empty: there is {}{more}; name another one, or move that away",
        dir.display(),
        some.join(", ")
    );
    Ok(())
}

/// Refuses a directory that is another disk than the one it lies in: nothing made beside it could take its place.
///
/// # Errors
/// If it is one.
pub(super) fn ensure_one_disk(dir: &Path, beside: &Path) -> Result<()> {
    let disk = |dir: &Path| fs::metadata(dir).map(|found| found.dev()).with_context(|| dir.display().to_string());
    ensure!(
        !dir.exists() || disk(dir)? == disk(beside)?,
        "data directory {} is a disk of its own: name a directory on it as `data_dir`, such as {}",
        dir.display(),
        dir.join("data").display()
    );
    Ok(())
}

/// Writes a file into `dir` so that it is there as a whole or not at all, whatever happens meanwhile.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write(dir: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let (path, part) = (dir.join(name), dir.join(format!("{name}.part")));
    let write = || -> io::Result<()> {
        let mut file = File::create_new(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        settle(&part, &path)
    };
    write().with_context(|| path.display().to_string())
}

/// Gives a complete file its name, durably.
pub(crate) fn settle(part: &Path, path: &Path) -> io::Result<()> {
    fs::rename(part, path)?;
    sync(path.parent().unwrap_or(Path::new(".")))
}

/// Has the entries of a directory written to the disk.
pub(super) fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Has a directory with all that is in it written to the disk.
pub(super) fn sync_all(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => sync_all(&entry.path())?,
            false => sync(&entry.path())?,
        }
    }
    sync(dir)
}
