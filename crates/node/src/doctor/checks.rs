//! What can be seen on this machine: files, permissions, disk.

use super::Finding;
use crate::{
    config::Config,
    disk,
    genesis::{self, Checked},
};
use epione_cli::{
    keys::{Kept, KeyFile, KeyFileError, KeyInfo, Purpose},
    secret::SecretError,
};
use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

const GIB: u64 = 1024 * 1024 * 1024;
/// Below this a node soon cannot write any more.
const DISK_BYTES_MIN: u64 = GIB;
/// Below this it is time to make room.
const DISK_BYTES_LOW: u64 = 10 * GIB;

/// The key file can be used by its owner only, and the configuration changed by its owner only.
pub(super) fn permissions(config: &Config, path: &Path) -> Vec<Finding> {
    let mut findings = vec![vote_key_file(config)];
    if let Ok(found) = fs::metadata(path)
        && found.mode() & 0o022 != 0
    {
        let advice = format!("run `chmod go-w {}`", path.display());
        findings.push(Finding::warning("configuration", "others may change it", advice));
    }
    findings
}

/// The file of the vote key is one, private, and opens.
fn vote_key_file(config: &Config) -> Finding {
    let (name, path) = ("keys.vote", &config.keys.vote);
    let unusable = |error: KeyFileError| {
        let error = anyhow::Error::from(error);
        Finding::problem(name, format!("{error:#}"), "a node does not start without its key")
    };
    let (info, kept) = match KeyInfo::read(path) {
        Ok(read) => read,
        Err(error) => return unusable(error),
    };
    if info.purpose != Purpose::Vote {
        return Finding::problem(name, format!("{} is a {} key", path.display(), info.purpose), "name the right file");
    }
    let good = format!("{} key {}", info.purpose, info.public);
    match (KeyFile::read(path, &config.keys.silent_passphrase()), kept) {
        (Ok(_), Kept::Encrypted) => Finding::good(name, good),
        (Ok(_), _) => {
            let found = format!("{good} is not encrypted: whoever reads the file, or a backup of it, has it");
            Finding::warning(
                name,
                found,
                "run `epione key passphrase` on it, and name a file in `keys.passphrase_file`",
            )
        }
        (Err(KeyFileError::Secret { source: SecretError::Missing { .. }, .. }), _) => {
            let found = format!("{good} is encrypted, and neither a file nor a credential has its passphrase");
            let advice = "the node asks on its terminal: a service needs `keys.passphrase_file` or the credential \
                          `vote-passphrase`";
            Finding::warning(name, found, advice)
        }
        (Err(error), _) => unusable(error),
    }
}

/// The directory can be written, or made.
pub(super) fn data_dir(config: &Config) -> Finding {
    let dir = existing(&config.data_dir);
    match rustix::fs::access(&dir, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK) {
        Ok(()) => Finding::good("data_dir", config.data_dir.display().to_string()),
        Err(error) => {
            let found = format!("{} cannot be written: {error}", dir.display());
            Finding::problem("data_dir", found, "run the node as the owner of the directory, or name another one")
        }
    }
}

/// There is room on the disk.
pub(super) fn disk(config: &Config) -> Option<Finding> {
    let dir = existing(&config.data_dir);
    let free = disk::free(&dir)?;
    let found = format!("{}.{} GiB free at {}", free / GIB, (free % GIB) * 10 / GIB, dir.display());
    let advice = "make room: a node that cannot write stops";
    Some(if free < DISK_BYTES_MIN {
        Finding::problem("disk", found, advice)
    } else if free < DISK_BYTES_LOW {
        Finding::warning("disk", found, advice)
    } else {
        Finding::good("disk", found)
    })
}

/// The vote key can be read and is one for this chain.
pub(super) fn vote_key(config: &Config, checked: &Checked) -> Finding {
    let about = "vote key";
    let Ok((info, _)) = KeyInfo::read(&config.keys.vote) else {
        return Finding::problem(about, "it cannot be read", "see `keys.vote`");
    };
    if info.chain.is_some_and(|chain| chain != checked.file.chain) {
        return Finding::problem(
            about,
            "it is a key for another chain",
            "name the key of this chain, or the right genesis",
        );
    }
    let public = info.public;
    let founded = || Ok::<_, anyhow::Error>((genesis::committee(checked)?, genesis::nodes(checked)?));
    match founded() {
        Ok((committee, _)) if committee.keys.contains(&public) => {
            Finding::good(about, "one of a validator of the genesis")
        }
        Ok((_, nodes)) if nodes.iter().any(|(known, _)| *known == public) => {
            Finding::good(about, "one of a member of the genesis without a vote: the node follows")
        }
        Ok(_) => {
            let found =
                format!("{public} was registered after the genesis; `epione status` tells whether the node votes");
            Finding::good(about, found)
        }
        Err(error) => Finding::problem(about, format!("{error:#}"), "get the genesis file again from another member"),
    }
}

/// The directory, or the nearest one above it that exists.
fn existing(path: &Path) -> PathBuf {
    let found = path.ancestors().find(|ancestor| ancestor.is_dir());
    match found {
        Some(found) if !found.as_os_str().is_empty() => found.to_owned(),
        _ => PathBuf::from("."),
    }
}
