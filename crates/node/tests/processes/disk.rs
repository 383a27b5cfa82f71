//! A node whose disk is full stops; it does not say that anything is final which it could not write.

use crate::consortium::{Consortium, Load};
use std::{
    fs::{self, File},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

/// A file system in memory with this much room.
const SIZE: &str = "64m";
/// Room that is left when the disk is almost full.
const ROOM: u64 = 96 * 1024;
/// How far files may grow beyond the largest one, in blocks of 512 bytes as shells count them.
const BLOCKS_MORE: u64 = 64;

/// How the parts of a node say that they cannot write; SQLite does not pass on why.
const WORDS: [&str; 4] = ["No space left on device", "File too large", "database or disk is full", "disk I/O error"];

/// A small file system, taken away when this is dropped.
struct Mount(PathBuf);

impl Mount {
    /// Mounts it, or says why that is not permitted here.
    fn new(at: &Path) -> Result<Self, String> {
        fs::create_dir_all(at).unwrap();
        let options = format!("size={SIZE},mode=0700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output();
        match mounted {
            Ok(done) if done.status.success() => Ok(Self(at.to_owned())),
            Ok(done) => Err(String::from_utf8_lossy(&done.stderr).trim().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Writes a file that leaves only `room` bytes.
    fn fill(&self, room: u64) -> PathBuf {
        let path = self.0.join("ballast");
        let mut file = File::create(&path).unwrap();
        let block = [0; 4096];
        loop {
            match file.write_all(&block) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => panic!("{error}"),
            }
        }
        let len = file.metadata().unwrap().len();
        file.set_len(len - room).unwrap();
        path
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// After its disk was full the node has ended with an error that says so; with room it catches up and has lost nothing.
fn ends_and_recovers(consortium: &mut Consortium, load: Load, make_room: impl FnOnce()) {
    let status = consortium.nodes[3].ended();
    assert!(!status.success(), "a node that cannot write ended with {status}");
    let log = consortium.nodes[3].log();
    let says = WORDS.iter().any(|words| log.contains(words));
    assert!(says, "the log does not say why\n{}", consortium.nodes[3].log_tail());
    // The others go on meanwhile.
    let enough = load.told() + 20;
    consortium.until("clients are told of more transactions", |_| (load.told() >= enough).then_some(()));
    make_room();
    consortium.nodes[3].start();
    let target = consortium.nodes[0].api.height().unwrap();
    consortium.until("the node has caught up", |consortium| {
        consortium.nodes[3].api.height().is_some_and(|height| height >= target).then_some(())
    });
    let mut told = load.end();
    told.push(consortium.nodes[3].api.submit_final(&consortium.pen(3, 0).entry()));
    consortium.assert_agreement(&told);
}

#[test]
fn a_full_disk() {
    let mut consortium = Consortium::found();
    let mount = match Mount::new(&consortium.nodes[3].data()) {
        Ok(mount) => mount,
        Err(why) => return skip(&format!("a file system cannot be mounted here: {why}")),
    };
    consortium.start_all();
    let load = Load::begin(&consortium, 1);
    consortium.until("clients are told of transactions", |_| (load.told() > 20).then_some(()));
    let ballast = mount.fill(ROOM);
    ends_and_recovers(&mut consortium, load, || fs::remove_file(ballast).unwrap());
    // The node lets go of its files before they are taken away.
    consortium.nodes[3].kill();
}

#[test]
fn files_that_may_not_grow() {
    let mut consortium = Consortium::start();
    let load = Load::begin(&consortium, 2);
    consortium.until("clients are told of transactions", |_| (load.told() > 20).then_some(()));
    consortium.nodes[3].stop();
    let blocks = largest(&consortium.nodes[3].data()).div_ceil(512) + BLOCKS_MORE;
    // Without the signal, so that the node gets an error like any other.
    let limited = consortium.nodes[3].limited(&format!("trap '' XFSZ; ulimit -f {blocks}"));
    consortium.nodes[3].start_as(limited);
    ends_and_recovers(&mut consortium, load, || {});
}

/// Length of the largest file below `folder`.
fn largest(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    let sizes = files.map(|file| match file.metadata().unwrap() {
        data if data.is_dir() => largest(&file.path()),
        data => data.len(),
    });
    sizes.max().unwrap_or(0)
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests must see what was not tested")]
fn skip(why: &str) {
    eprintln!("SKIPPED: {why}");
}
