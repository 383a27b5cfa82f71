//! The data directory: of one chain and one vote key, and for one process at a time.

use anyhow::{Context as _, Result, bail, ensure};
use epione_types::{ChainId, PublicKey};
use std::{
    fs::{File, TryLockError},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};

/// How the vote key of a node meets its data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vote {
    /// The directory is only read.
    Unused,
    /// The node follows with this key, and the directory has no votes of another.
    Follows(PublicKey),
    /// The node votes with this key, and only with this one from now on.
    Casts(PublicKey),
}

/// Makes the data directory unless it is there, and holds it until the file is dropped or the process has ended. The file
/// names the chain and, below it, the vote key: the votes in the directory are those of this key, and whoever goes on from
/// them with another one contradicts himself. A directory that has no key yet takes the first
/// that votes, and no other.
///
/// # Errors
/// If it cannot be made, another process holds it, or it belongs to another chain or vote key.
pub(crate) fn hold(data: &Path, chain: ChainId, vote: Vote) -> Result<File> {
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
    let mut lines = found.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    let (found_chain, found_vote) = (lines.next(), lines.next());
    if let Some(found) = found_chain {
        ensure!(found == chain.to_string(), "{} belongs to another chain, {found}: choose another `data_dir`", at());
    }
    match (found_vote, vote) {
        (Some(found), Vote::Follows(vote) | Vote::Casts(vote)) => ensure!(
            found == vote.to_string(),
            "{} was begun with the vote key {found}, but `keys.vote` holds {vote}: put the former key file back. A vote \
             key that was replaced on the ledger does not vote before the committee changes, which it does only with a \
             later release; until then the node keeps the key that it was founded with",
            at()
        ),
        (_, Vote::Unused | Vote::Follows(_)) if found_chain.is_some() => {}
        (_, vote) => {
            let vote = if let Vote::Casts(vote) = vote { format!("{vote}\n") } else { String::new() };
            file.seek(SeekFrom::Start(0)).with_context(at)?;
            file.write_all(format!("{chain}\n{vote}").as_bytes()).with_context(at)?;
            file.sync_all().with_context(at)?;
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use epione_types::SigningKey;

    #[test]
    fn a_directory_is_held_until_it_is_let_go_and_stays_with_its_chain() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("a/b");
        let (one, other) = (ChainId([1; 32]), ChainId([2; 32]));
        let refused = |data: &Path, chain| format!("{:#}", hold(data, chain, Vote::Unused).unwrap_err());
        let held = hold(&data, one, Vote::Unused).unwrap();
        assert!(refused(&data, one).contains("a/b is used by another process"), "{}", refused(&data, one));
        drop(held);
        drop(hold(&data, one, Vote::Unused).unwrap());
        let error = refused(&data, other);
        assert!(error.contains("another chain") && error.contains(&one.to_string()), "{error}");
        std::fs::write(folder.path().join("file"), "").unwrap();
        let error = refused(&folder.path().join("file"), one);
        assert!(error.starts_with("data directory") && error.contains("file"), "{error}");
    }

    #[test]
    fn a_directory_stays_with_the_vote_key_it_was_begun_with() {
        let folder = tempfile::tempdir().unwrap();
        let (data, chain) = (folder.path(), ChainId([1; 32]));
        let key = |seed| SigningKey::from_seed([seed; 32]).public();
        let text = || std::fs::read_to_string(data.join("chain")).unwrap();
        drop(hold(data, chain, Vote::Casts(key(1))).unwrap());
        drop(hold(data, chain, Vote::Casts(key(1))).unwrap());
        drop(hold(data, chain, Vote::Unused).unwrap());
        assert_eq!(text(), format!("{chain}\n{}\n", key(1)));
        let error = hold(data, chain, Vote::Casts(key(2))).unwrap_err().to_string();
        for words in [key(1).to_string(), key(2).to_string(), "put the former key file back".to_owned()] {
            assert!(error.contains(&words), "{error}");
        }
        assert_eq!(text(), format!("{chain}\n{}\n", key(1)));
        // A key that does not vote is compared, and never kept: it may be the wrong one.
        assert!(hold(data, chain, Vote::Follows(key(2))).is_err());
        drop(hold(data, chain, Vote::Follows(key(1))).unwrap());
        std::fs::remove_file(data.join("chain")).unwrap();
        drop(hold(data, chain, Vote::Follows(key(2))).unwrap());
        assert_eq!(text(), format!("{chain}\n"));
        // Made by an earlier release, or cut off while it was written.
        for begun in [format!("{chain}\n"), format!("{chain}\nedk1abc"), chain.to_string(), String::new()] {
            std::fs::write(data.join("chain"), &begun).unwrap();
            drop(hold(data, chain, Vote::Unused).unwrap());
            drop(hold(data, chain, Vote::Casts(key(2))).unwrap());
            assert_eq!(text(), format!("{chain}\n{}\n", key(2)), "{begun:?}");
            assert!(hold(data, chain, Vote::Casts(key(1))).is_err());
        }
    }
}
