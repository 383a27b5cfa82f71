//! The log of a node, which is also the sign that the node lives.
//!
//! The log is locked before the node gets it as its output. A lock belongs to the open file: it ends when the process of
//! the node has ended, however that came about, and not with the demonstration that started it.

use anyhow::{Context as _, Result, anyhow};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, SeekFrom},
    path::Path,
};

/// A log longer than this is set aside at the next start, in bytes.
const BYTES_MAX: u64 = 16 * 1024 * 1024;
/// How much of the end of a log is shown, in bytes.
const TAIL_BYTES: u64 = 1500;

/// The log to give to a node that starts, locked; one that has grown long is set aside.
///
/// # Errors
/// If it cannot be written, or a node still lives that writes to it.
pub(super) fn open(path: &Path) -> Result<File> {
    let at = || format!("log {}", path.display());
    let append = || OpenOptions::new().create(true).append(true).open(path).with_context(at);
    let lock = |log: File| match log.try_lock() {
        Ok(()) => Ok(log),
        Err(TryLockError::WouldBlock) => Err(anyhow!("{}: the node that writes to it still runs", at())),
        Err(TryLockError::Error(error)) => Err(error).with_context(at),
    };
    let log = lock(append()?)?;
    if log.metadata().with_context(at)?.len() <= BYTES_MAX {
        return Ok(log);
    }
    fs::rename(path, path.with_extension("log.1")).with_context(at)?;
    lock(append()?)
}

/// Whether a node lives that writes to the log.
pub(super) fn is_held(path: &Path) -> bool {
    File::open(path).is_ok_and(|log| matches!(log.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// The end of the log.
pub(super) fn tail(path: &Path) -> String {
    let read = || {
        let mut file = File::open(path)?;
        let begin = file.metadata()?.len().saturating_sub(TAIL_BYTES);
        file.seek(SeekFrom::Start(begin))?;
        let mut bytes = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().unwrap_or_else(|error| format!("(it cannot be read: {error})"))
}
