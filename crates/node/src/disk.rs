//! Room on the disk.

use std::path::Path;

/// Bytes that are free for the node on the disk of `dir`, which exists; none if the system does not say.
pub(crate) fn free(dir: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(dir).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}
