//! What the nodes use: processor time, memory, disk.

use crate::demo::Nodes;
use anyhow::{Context as _, Result};
use std::{collections::BTreeMap, fs, path::Path, time::Duration};

/// Ticks of processor time per second in /proc: fixed by the kernel's interface on Linux.
const TICKS_PER_SECOND: u64 = 100;

/// What all nodes together use.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    /// Processor time so far, of all nodes.
    pub(super) cpu: Duration,
    /// Resident memory of the largest node, in MB.
    pub(super) resident_mb_max: u64,
    /// Bytes on disk of the largest node, by what they keep.
    pub(super) disk_bytes: BTreeMap<&'static str, u64>,
}

impl Usage {
    /// What the nodes use now.
    pub(super) fn of(nodes: &Nodes) -> Result<Self> {
        let mut usage = Self::default();
        for node in nodes.iter() {
            let pid = node.pid().context("a node does not run")?;
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("the node's statistics")?;
            // The second field is the program's name in parentheses and may contain spaces.
            let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
            let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
            usage.cpu += Duration::from_millis(ticks.sum::<u64>() * 1000 / TICKS_PER_SECOND);
            let status = fs::read_to_string(format!("/proc/{pid}/status")).context("the node's status")?;
            let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            let kb: u64 = resident.and_then(|value| value.split_whitespace().next()?.parse().ok()).unwrap_or(0);
            usage.resident_mb_max = usage.resident_mb_max.max(kb / 1024);
            let folder = node.files.config.parent().context("a configuration has no folder")?;
            let mut disk = BTreeMap::new();
            add_disk(&mut disk, &folder.join("data"))?;
            if disk.values().sum::<u64>() > usage.disk_bytes() {
                usage.disk_bytes = disk;
            }
        }
        Ok(usage)
    }

    /// Bytes on disk of the largest node.
    pub(super) fn disk_bytes(&self) -> u64 {
        self.disk_bytes.values().sum()
    }
}

/// What is kept, and how the names of its files below the data directory begin.
const STORES: &[(&str, &str)] = &[
    ("blocks", "ledger-blocks"),
    ("certificates", "ledger-finalizations"),
    ("state", "ledger-state"),
    ("events", "ledger-events"),
    ("tree", "ledger-tree"),
    ("recent", "ledger-cache"),
    ("votes", "ledger-votes"),
    ("rows", "rows.sqlite"),
];

/// Adds the bytes that the files below `dir` take on disk, by what they keep.
fn add_disk(disk: &mut BTreeMap<&'static str, u64>, dir: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        // The engine moves and removes files of its own while it runs.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            add_disk(disk, &entry.path())?;
            continue;
        }
        let path = entry.path();
        let names = || path.components().filter_map(|part| part.as_os_str().to_str());
        let store = STORES.iter().find(|(_, prefix)| names().any(|name| name.starts_with(prefix)));
        *disk.entry(store.map_or("other", |(name, _)| name)).or_default() += metadata.blocks() * 512;
    }
    Ok(())
}
