//! The folder of a demonstration: found or made, and held by one process at a time.

use crate::demo::{After, DemoOptions};
use anyhow::{Context as _, Result, anyhow, bail};
use epione_cli::Output;
use std::{
    env,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

/// The folder under the current one.
const NAME: &str = "epione-demo";
const LOCK: &str = "demo.lock";

/// The folder, held as long as this lives.
#[derive(Debug)]
pub(crate) struct Place {
    dir: PathBuf,
    keep: Keep,
    _lock: File,
}

/// What becomes of the folder in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// It stays.
    Always,
    /// It is removed if all went well.
    OnFailure,
}

impl Place {
    /// The folder that was named; else one under the current folder, or a temporary one if the nodes do not stay up.
    ///
    /// # Errors
    /// If it cannot be written, or another demonstration runs in it.
    pub(crate) fn open(options: &DemoOptions) -> Result<Self> {
        let (dir, keep) = match (&options.dir, options.after) {
            (Some(dir), _) => (dir.clone(), Keep::Always),
            (None, After::Stay) => (PathBuf::from(NAME), Keep::Always),
            (None, After::End) => (temporary()?, Keep::OnFailure),
        };
        DirBuilder::new().recursive(true).mode(0o755).create(&dir).with_context(|| unusable(&dir))?;
        let dir = dir.canonicalize().with_context(|| unusable(&dir))?;
        let lock = dir.join(LOCK);
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(&lock);
        let lock = lock.with_context(|| unusable(&dir))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { dir, keep, _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                bail!("another `epione demo` runs in {}: stop it, or choose another --dir", dir.display())
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| unusable(&dir)),
        }
    }

    /// The folder.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Removes a temporary folder if all went well, else tells where it is.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub(crate) fn close(self, went_well: bool, out: &mut Output) -> Result<()> {
        let dir = self.dir.display();
        match (self.keep, went_well) {
            (Keep::OnFailure, true) => {
                if let Err(error) = fs::remove_dir_all(&self.dir) {
                    out.progress(format_args!("{dir} cannot be removed: {error}"))?;
                }
            }
            (_, false) => out.progress(format_args!("The files are kept in {dir}"))?,
            (Keep::Always, true) => {}
        }
        Ok(())
    }
}

fn unusable(dir: &Path) -> String {
    format!("the folder {} cannot be used; choose one that you may write with --dir", dir.display())
}

/// A new folder for temporary files that only this user may enter.
fn temporary() -> Result<PathBuf> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| anyhow!("the operating system gives no random bytes: {error}"))?;
    let dir = env::temp_dir().join(format!("{NAME}-{:016x}", u64::from_le_bytes(random)));
    DirBuilder::new().mode(0o700).create(&dir).with_context(|| unusable(&dir))?;
    Ok(dir)
}
