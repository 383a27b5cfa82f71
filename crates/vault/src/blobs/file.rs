//! Blobs as files: `<folder>/ab/ab12…`, named by their hash.

use crate::blobs::{BLOB_BYTES_MAX, BlobError, Blobs};
use epione_types::Hash;
use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// What files are called that are being written.
const TEMPORARY: &str = "writing-";

/// Blobs in a folder of the local disk; one process may use a folder at a time.
///
/// A blob is written into a file of another name, which is fsynced, renamed to the name of its hash, and the folder fsynced: under its
/// name there is all of it or nothing, and it is told to be there only when it stays. What a crash left half written is swept
/// at the next start.
#[derive(Debug)]
pub struct FileBlobs {
    folder: PathBuf,
    /// Tells files apart that are written at the same time.
    next: AtomicU64,
}

fn io_error(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BlobError {
    let path = path.display().to_string();
    move |error| BlobError::Io { what, path, error }
}

/// Makes the names in a folder outlive a loss of power.
fn sync(folder: &Path) -> Result<(), BlobError> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(io_error("sync", folder))
}

/// The entries of a folder; none if it does not exist.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, BlobError> {
    let read = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(io_error("list", folder))?,
    };
    read.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(io_error("list", folder))
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(OsStr::to_str).unwrap_or_default()
}

impl FileBlobs {
    /// The blobs in `folder`, which is made if it does not exist. Removes what was not completely written.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, BlobError> {
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(io_error("make", &folder))?;
        // As many folders as there are first bytes, made at once: `put` never needs to sync more than one.
        for first in 0..=u8::MAX {
            make(&folder.join(format!("{first:02x}")))?;
        }
        sync(&folder)?;
        if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync(parent)?;
        }
        for part in entries(&folder)? {
            for torn in entries(&part)?.iter().filter(|path| name(path).starts_with(TEMPORARY)) {
                fs::remove_file(torn).map_err(io_error("remove", torn))?;
            }
        }
        Ok(Self { folder, next: AtomicU64::new(0) })
    }

    fn part(&self, hash: &Hash) -> PathBuf {
        let [first, ..] = hash.0;
        self.folder.join(format!("{first:02x}"))
    }

    fn path(&self, hash: &Hash) -> PathBuf {
        self.part(hash).join(hash.to_string())
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), BlobError> {
        let mut file = File::create_new(path).map_err(io_error("create", path))?;
        file.write_all(bytes).map_err(io_error("write", path))?;
        file.sync_all().map_err(io_error("sync", path))
    }
}

/// Makes a folder, if it is not there.
fn make(folder: &Path) -> Result<(), BlobError> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made.map_err(io_error("make", folder)),
    }
}

impl Blobs for FileBlobs {
    fn put(&self, bytes: &[u8]) -> Result<Hash, BlobError> {
        if bytes.len() > BLOB_BYTES_MAX {
            return Err(BlobError::TooLong(bytes.len()));
        }
        let hash = Hash::sha256(&[bytes]);
        let part = self.part(&hash);
        // Even if the blob is there already: it may be corrupt, or not yet synced by another thread.
        if matches!(self.get(&hash), Ok(Some(_))) {
            let path = self.path(&hash);
            File::open(&path).and_then(|file| file.sync_all()).map_err(io_error("sync", &path))?;
            sync(&part)?;
            return Ok(hash);
        }
        let temporary = part.join(format!("{TEMPORARY}{}", self.next.fetch_add(1, Ordering::Relaxed)));
        let written = self.write(&temporary, bytes).and_then(|()| {
            let path = self.path(&hash);
            fs::rename(&temporary, &path).map_err(io_error("rename to", &path))
        });
        if let Err(error) = written {
            // The error that counts is the first; what stays behind is swept at the next start.
            let _removed = fs::remove_file(&temporary);
            return Err(error);
        }
        sync(&part)?;
        Ok(hash)
    }

    fn get(&self, hash: &Hash) -> Result<Option<Vec<u8>>, BlobError> {
        let path = self.path(hash);
        let file = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file.map_err(io_error("open", &path))?,
        };
        let len = file.metadata().map_err(io_error("look at", &path))?.len();
        let Some(len) = usize::try_from(len).ok().filter(|len| *len <= BLOB_BYTES_MAX) else {
            return Err(BlobError::Corrupt(*hash));
        };
        let mut bytes = Vec::with_capacity(len);
        let max = u64::try_from(BLOB_BYTES_MAX).unwrap_or(u64::MAX);
        file.take(max).read_to_end(&mut bytes).map_err(io_error("read", &path))?;
        if Hash::sha256(&[&bytes]) == *hash { Ok(Some(bytes)) } else { Err(BlobError::Corrupt(*hash)) }
    }

    fn has(&self, hash: &Hash) -> Result<bool, BlobError> {
        let path = self.path(hash);
        path.try_exists().map_err(io_error("look at", &path))
    }

    fn delete(&self, hash: &Hash) -> Result<bool, BlobError> {
        let path = self.path(hash);
        let was_there = match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            removed => removed.map(|()| true).map_err(io_error("remove", &path))?,
        };
        // Also if it was gone: perhaps an earlier call removed it and could not sync.
        sync(&self.part(hash))?;
        Ok(was_there)
    }

    fn list(&self, after: Option<&Hash>, max: usize) -> Result<Vec<Hash>, BlobError> {
        let mut listed = Vec::new();
        for first in after.map_or(0, |Hash([first, ..])| *first)..=u8::MAX {
            let files = entries(&self.folder.join(format!("{first:02x}")))?;
            let hashes = files.iter().filter_map(|path| name(path).parse::<Hash>().ok());
            let mut hashes: Vec<Hash> = hashes.filter(|hash| after.is_none_or(|after| hash > after)).collect();
            hashes.sort_unstable();
            listed.extend(hashes.into_iter().take(max.saturating_sub(listed.len())));
            if listed.len() >= max {
                break;
            }
        }
        Ok(listed)
    }
}
