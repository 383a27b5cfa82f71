//! The manifest: what an archive consists of, as text that people read.

use super::{Damage, Fault};
use epione_types::{ChainId, Hash};
use std::{collections::BTreeSet, fmt::Write as _, str::FromStr};

/// Name and version, on the first line.
const FIRST_LINE: &str = "epione archive 1";

/// An archive by its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The chain.
    pub chain: ChainId,
    /// Height of the last block; the first has 1.
    pub height: u64,
    /// Hash of the last block.
    pub head: Hash,
    /// Number of events up to it.
    pub events: u64,
    /// The genesis file.
    pub genesis: Content,
    /// The blocks, in order.
    pub segments: Vec<Segment>,
}

/// What a file contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// Number of bytes.
    pub bytes: u64,
    /// SHA-256 of them.
    pub sha256: Hash,
}

/// A file with consecutive blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Height of its first block.
    pub first: u64,
    /// Height of its last block.
    pub last: u64,
    /// What it contains.
    pub content: Content,
}

impl Content {
    /// What a file with these bytes contains.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX), sha256: Hash::sha256(&[bytes]) }
    }

    /// Whether this is what a file with these bytes contains.
    ///
    /// # Errors
    /// [`Fault::Length`], [`Fault::Sum`].
    pub fn check(&self, bytes: &[u8]) -> Result<(), Fault> {
        let found = Self::of(bytes);
        if found.bytes != self.bytes {
            return Err(Fault::Length { found: found.bytes, expected: self.bytes });
        }
        if found.sha256 != self.sha256 {
            return Err(Fault::Sum { found: found.sha256, expected: self.sha256 });
        }
        Ok(())
    }
}

impl Segment {
    /// Name of the file.
    #[must_use]
    pub fn name(&self) -> String {
        format!("blocks-{:010}-{:010}.epione", self.first, self.last)
    }

    fn parse(name: &str, content: Content) -> Option<Self> {
        let (first, last) = name.strip_prefix("blocks-")?.strip_suffix(".epione")?.split_once('-')?;
        Some(Self { first: first.parse().ok()?, last: last.parse().ok()?, content })
    }
}

impl Manifest {
    /// Name of the manifest's own file.
    pub const NAME: &str = "manifest";
    /// Name of the genesis file.
    pub const GENESIS: &str = "genesis.json";
    /// Bytes of the longest manifest: some hundred thousand segments.
    pub const BYTES_MAX: usize = 16 * 1024 * 1024;

    /// The text of the file. Its last line is the SHA-256 of those before.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { chain, height, head, events, genesis, segments } = self;
        let mut text = format!("{FIRST_LINE}\nchain {chain}\nhead {height} {head}\nevents {events}\n");
        line(&mut text, Self::GENESIS, genesis);
        for segment in segments {
            line(&mut text, &segment.name(), &segment.content);
        }
        let sum = Hash::sha256(&[text.as_bytes()]);
        // Writing into memory does not fail.
        let _ = writeln!(text, "sum {sum}");
        text
    }

    /// The manifest whose text is exactly `bytes`.
    ///
    /// # Errors
    /// [`Fault::NoManifest`], [`Fault::Manifest`], [`Fault::Segments`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Damage> {
        let damage = |fault| Damage::of(Self::NAME, fault);
        let changed = |why: &str| damage(Fault::Manifest(why.to_owned()));
        if bytes.len() > Self::BYTES_MAX || !bytes.starts_with(FIRST_LINE.as_bytes()) {
            return Err(damage(Fault::NoManifest));
        }
        let text = std::str::from_utf8(bytes).map_err(|_utf8| changed("it is not text"))?;
        let signed = text.rsplit_once("sum ").filter(|(before, _)| before.ends_with('\n'));
        let (before, sum) =
            signed.ok_or_else(|| changed("its last line, with the SHA-256 of those before, is missing"))?;
        if sum != format!("{}\n", Hash::sha256(&[before.as_bytes()])) {
            return Err(changed("its last line is not the SHA-256 of those before"));
        }
        let manifest = Self::read(before).ok_or_else(|| changed("a line is not one of a manifest"))?;
        if manifest.text().as_bytes() != bytes {
            return Err(changed("it is not written as manifests are"));
        }
        match manifest.is_gapless() {
            true => Ok(manifest),
            false => Err(damage(Fault::Segments(manifest.height))),
        }
    }

    /// Whether these are the names of all files of the archive, the manifest left out.
    ///
    /// # Errors
    /// [`Fault::Missing`], [`Fault::Unexpected`].
    pub fn check_names<'a>(&self, found: impl Iterator<Item = &'a str>) -> Result<(), Damage> {
        let mut left: BTreeSet<String> = self.segments.iter().map(Segment::name).collect();
        left.insert(Self::GENESIS.to_owned());
        for name in found {
            if !left.remove(name) {
                return Err(Damage::of(name, Fault::Unexpected));
            }
        }
        left.first().map_or(Ok(()), |name| Err(Damage::of(name, Fault::Missing)))
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines().skip(1);
        let chain = lines.next()?.strip_prefix("chain ")?.parse().ok()?;
        let (height, head) = lines.next()?.strip_prefix("head ")?.split_once(' ')?;
        let events = lines.next()?.strip_prefix("events ")?.parse().ok()?;
        let (name, genesis) = file(lines.next()?)?;
        let segments = lines.map(|line| file(line).and_then(|(name, content)| Segment::parse(name, content)));
        let segments = segments.collect::<Option<Vec<_>>>()?;
        (name == Self::GENESIS).then_some(())?;
        Some(Self { chain, height: height.parse().ok()?, head: head.parse().ok()?, events, genesis, segments })
    }

    fn is_gapless(&self) -> bool {
        let follows = |next: u64, segment: &Segment| {
            (segment.first == next && segment.last >= next).then(|| segment.last.checked_add(1)).flatten()
        };
        let next = self.segments.iter().try_fold(1, follows);
        !self.segments.is_empty() && next.is_some() && next == self.height.checked_add(1)
    }
}

fn line(text: &mut String, name: &str, content: &Content) {
    // Writing into memory does not fail.
    let _ = writeln!(text, "file {name} {} {}", content.bytes, content.sha256);
}

/// Name and content of a file, from its line.
fn file(line: &str) -> Option<(&str, Content)> {
    let mut words = line.strip_prefix("file ")?.split(' ');
    let (name, bytes, sha256) = (words.next()?, words.next()?.parse().ok()?, Hash::from_str(words.next()?).ok()?);
    words.next().is_none().then_some((name, Content { bytes, sha256 }))
}
