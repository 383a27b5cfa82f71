//! Both stores by one suite, then what only a disk can do.

use crate::{
    Blobs, FileBlobs,
    blobs::{BLOB_BYTES_MAX, BlobError, Health, Scrubbed, scrub},
    testing::MemoryBlobs,
};
use epione_types::Hash;
use std::{fs, path::PathBuf, thread};
use tempfile::TempDir;

fn files() -> (TempDir, FileBlobs) {
    let folder = TempDir::new().unwrap();
    let blobs = FileBlobs::open(folder.path().join("a/b")).unwrap();
    (folder, blobs)
}

fn path(folder: &TempDir, hash: &Hash) -> PathBuf {
    folder.path().join(format!("a/b/{:02x}/{hash}", hash.0[0]))
}

fn suite(blobs: &dyn Blobs) {
    let all: Vec<Hash> = (0..600_u32).map(|number| blobs.put(&number.to_le_bytes()).unwrap()).collect();
    assert_eq!(all[7], Hash::sha256(&[&7_u32.to_le_bytes()]));
    assert_eq!(blobs.get(&all[7]).unwrap(), Some(7_u32.to_le_bytes().to_vec()));
    assert_eq!(blobs.put(&7_u32.to_le_bytes()).unwrap(), all[7]);
    let nothing = blobs.put(&[]).unwrap();
    assert_eq!(blobs.get(&nothing).unwrap(), Some(vec![]));
    let mut sorted = [&all[..], &[nothing]].concat();
    sorted.sort_unstable();
    assert_eq!(blobs.list(None, 10_000).unwrap(), sorted);
    assert_eq!(blobs.list(None, 0).unwrap(), []);
    assert_eq!(blobs.list(Some(&sorted[599]), 10).unwrap(), &sorted[600..]);
    let mut paged = blobs.list(None, 7).unwrap();
    while let Some(last) = paged.last().copied() {
        let page = blobs.list(Some(&last), 7).unwrap();
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, sorted);
    let stranger = Hash([7; 32]);
    assert_eq!((blobs.get(&stranger).unwrap(), blobs.has(&stranger).unwrap()), (None, false));
    assert_eq!(blobs.verify(&stranger).unwrap(), Health::Missing);
    assert!(blobs.delete(&all[0]).unwrap());
    assert!(!blobs.delete(&all[0]).unwrap());
    assert!(!blobs.has(&all[0]).unwrap() && blobs.has(&all[1]).unwrap());
    let missing = vec![all[0]];
    assert_eq!(scrub(blobs, &all[..2]).unwrap(), Scrubbed { sound: 600, corrupt: vec![], missing });
    let long = vec![0; BLOB_BYTES_MAX + 1];
    assert!(matches!(blobs.put(&long), Err(BlobError::TooLong(len)) if len == long.len()));
}

#[test]
fn both_stores_keep_what_is_put() {
    suite(&MemoryBlobs::default());
    suite(&files().1);
}

#[test]
fn what_is_put_is_there_after_a_restart() {
    let (folder, blobs) = files();
    let hash = blobs.put(b"ciphertext").unwrap();
    let again = FileBlobs::open(folder.path().join("a/b")).unwrap();
    assert_eq!(again.get(&hash).unwrap(), Some(b"ciphertext".to_vec()));
    assert_eq!(again.list(None, 10).unwrap(), [hash]);
}

#[test]
fn what_is_half_written_is_never_seen_and_swept() {
    let (folder, blobs) = files();
    let hash = Hash::sha256(&[b"ciphertext"]);
    let torn = path(&folder, &hash).with_file_name("writing-3");
    fs::write(&torn, b"cipher").unwrap();
    assert!(!blobs.has(&hash).unwrap());
    assert_eq!(blobs.list(None, 10).unwrap(), []);
    let again = FileBlobs::open(folder.path().join("a/b")).unwrap();
    assert!(!torn.exists());
    assert_eq!(again.put(b"ciphertext").unwrap(), hash);
}

#[test]
fn what_rots_is_found_and_repaired() {
    let (folder, blobs) = files();
    let hashes: Vec<Hash> = [b"one", b"two", b"six"].map(|bytes| blobs.put(bytes).unwrap()).into();
    fs::write(path(&folder, &hashes[0]), b"onf").unwrap();
    fs::write(path(&folder, &hashes[1]), b"tw").unwrap();
    for hash in &hashes[..2] {
        assert!(matches!(blobs.get(hash), Err(BlobError::Corrupt(found)) if found == *hash));
        assert_eq!(blobs.verify(hash).unwrap(), Health::Corrupt);
    }
    let mut corrupt = hashes[..2].to_vec();
    corrupt.sort_unstable();
    assert_eq!(scrub(&blobs, &hashes).unwrap(), Scrubbed { sound: 1, corrupt, missing: vec![] });
    blobs.put(b"one").unwrap();
    blobs.put(b"two").unwrap();
    assert_eq!(scrub(&blobs, &hashes).unwrap(), Scrubbed { sound: 3, ..Scrubbed::default() });
    // A file beyond every limit is not read.
    let file = fs::File::create(path(&folder, &hashes[2])).unwrap();
    file.set_len(BLOB_BYTES_MAX as u64 + 1).unwrap();
    assert_eq!(blobs.verify(&hashes[2]).unwrap(), Health::Corrupt);
}

#[test]
fn a_disk_that_refuses_is_no_success() {
    let (folder, blobs) = files();
    let hash = blobs.put(b"one").unwrap();
    let part = path(&folder, &hash).parent().unwrap().to_owned();
    fs::remove_dir_all(&part).unwrap();
    fs::write(&part, b"a file where a folder should be").unwrap();
    let refused = blobs.put(b"one").unwrap_err();
    assert!(refused.to_string().starts_with("create "), "{refused}");
    assert!(matches!(blobs.get(&hash), Err(BlobError::Io { .. })));
    assert!(matches!(blobs.verify(&hash), Err(BlobError::Io { .. })));
    assert!(matches!(blobs.delete(&hash), Err(BlobError::Io { .. })));
    assert!(matches!(scrub(&blobs, &[]), Err(BlobError::Io { .. })));
    assert!(FileBlobs::open(&part).is_err());
}

#[test]
fn several_threads_put_the_same() {
    let (folder, blobs) = files();
    let put = || (0..40_u8).map(|number| blobs.put(&[number; 5000]).unwrap()).collect::<Vec<_>>();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(put)).collect();
        threads.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap().len(), 40));
    });
    assert_eq!(scrub(&blobs, &[]).unwrap().sound, 40);
    let left =
        fs::read_dir(folder.path().join("a/b")).unwrap().flat_map(|part| fs::read_dir(part.unwrap().path()).unwrap());
    assert_eq!(left.count(), 40, "no temporary file stays behind");
}

#[test]
fn the_store_in_memory_fails_on_demand() {
    let blobs = MemoryBlobs::default();
    let (one, two) = (blobs.put(b"one").unwrap(), blobs.put(b"two").unwrap());
    blobs.fail(2);
    assert!(matches!(blobs.put(b"six"), Err(BlobError::Io { .. })));
    assert!(matches!(blobs.get(&one), Err(BlobError::Io { .. })));
    assert!(blobs.get(&one).unwrap().is_some() && !blobs.has(&Hash::sha256(&[b"six"])).unwrap());
    blobs.corrupt(&one);
    blobs.lose(&two);
    assert_eq!(scrub(&blobs, &[one, two]).unwrap(), Scrubbed { sound: 0, corrupt: vec![one], missing: vec![two] });
    blobs.put(b"one").unwrap();
    assert_eq!(blobs.verify(&one).unwrap(), Health::Sound);
}
