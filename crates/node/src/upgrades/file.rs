//! The file in which one release hands all live rows to the next.
//!
//! `epioneS`, version 1; then pieces, each its length as `u32` and canonical bytes: first [`About`], then pages of rows, then an
//! empty page. Whether the rows are complete and unchanged is seen by their root, which stands in [`About`].

use crate::archive::files::settle;
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_store::{Address, AddressedRow, ROWS_AT_ONCE};
use epione_types::{Bytes, ChainId, List, RowsRoot, Text, Upgrade, decode, encode, limits::ROW_BYTES_MAX};
use std::{
    fs::File,
    io::{BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};

const MAGIC: &[u8; 8] = b"epioneS\x01";
/// Bytes of the largest piece: a page of the longest rows.
const PIECE_BYTES_MAX: usize = ROWS_AT_ONCE * (ROW_BYTES_MAX + 36) + 4;

/// What the rows are of.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct About {
    /// The chain.
    pub(crate) chain: ChainId,
    /// The last block of the old format, and the root of the rows.
    pub(crate) upgrade: Upgrade,
    /// The release that the members agreed to go on with.
    pub(crate) release: Text<32>,
}

/// A row as it stands in a page.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Row {
    address: [u8; 32],
    bytes: Bytes<ROW_BYTES_MAX>,
}

type Page = List<Row, ROWS_AT_ONCE>;

/// A file that is being written: under another name until it is complete.
pub(crate) struct Writing {
    file: BufWriter<File>,
    about: About,
    root: RowsRoot,
}

/// Begins a file; what it says of itself is completed in the end.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write(path: &Path, about: About) -> Result<Writing> {
    let mut file = BufWriter::new(File::create(path.with_extension("part"))?);
    file.write_all(MAGIC)?;
    put(&mut file, &encode(&about))?;
    Ok(Writing { file, about, root: RowsRoot::default() })
}

impl Writing {
    /// Takes the next page.
    ///
    /// # Errors
    /// If it cannot be written, or a row is longer than a row may be.
    pub(crate) fn page(&mut self, rows: Vec<AddressedRow>) -> Result<()> {
        let mut page = Page::default();
        for (address, row) in rows {
            self.root.append(address.bytes(), &row);
            let bytes = Bytes::new(row).map_err(|_long| anyhow!("a row is too long"))?;
            page.push(Row { address: *address.bytes(), bytes }).map_err(|_full| anyhow!("a page has too many rows"))?;
        }
        put(&mut self.file, &encode(&page))
    }

    /// Completes the file, durably; the passage that it leads to.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn end(mut self, path: &Path) -> Result<Upgrade> {
        put(&mut self.file, &encode(&Page::default()))?;
        self.about.upgrade.rows_root = self.root.root();
        let mut file = self.file.into_inner().map_err(|error| error.into_error())?;
        // The same length as before: only the root is another.
        file.seek(SeekFrom::Start(MAGIC.len() as u64))?;
        put(&mut file, &encode(&self.about))?;
        file.sync_all()?;
        settle(&path.with_extension("part"), path)?;
        Ok(self.about.upgrade)
    }
}

fn put(file: &mut impl std::io::Write, piece: &[u8]) -> Result<()> {
    file.write_all(&u32::try_from(piece.len())?.to_le_bytes())?;
    Ok(file.write_all(piece)?)
}

/// A file that is being read.
pub(crate) struct RowsFile {
    name: String,
    file: BufReader<File>,
    about: About,
}

impl RowsFile {
    /// Opens a file.
    ///
    /// # Errors
    /// If it cannot be read, or is none.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let mut file = BufReader::new(File::open(path).with_context(|| name.clone())?);
        let mut magic = [0; MAGIC.len()];
        file.read_exact(&mut magic).with_context(|| name.clone())?;
        ensure!(magic == *MAGIC, "{name} is no file of rows of this version");
        let about = decode(&piece(&mut file, &name)?, PIECE_BYTES_MAX).with_context(|| name.clone())?;
        Ok(Self { name, file, about })
    }

    /// What the rows are of.
    pub(crate) const fn about(&self) -> &About {
        &self.about
    }

    /// The next rows; none after the last.
    ///
    /// # Errors
    /// If the file was cut off or changed.
    pub(crate) fn next_page(&mut self) -> Result<Option<Vec<AddressedRow>>> {
        let page: Page =
            decode(&piece(&mut self.file, &self.name)?, PIECE_BYTES_MAX).with_context(|| self.name.clone())?;
        if page.is_empty() {
            return Ok(None);
        }
        let mut rows = Vec::with_capacity(page.len());
        for row in page.into_vec() {
            let Some(address) = Address::from_bytes(row.address) else { bail!("{}: a row has no address", self.name) };
            rows.push((address, row.bytes.to_vec()));
        }
        Ok(Some(rows))
    }
}

fn piece(file: &mut impl std::io::Read, name: &str) -> Result<Vec<u8>> {
    let at = || format!("{name} was cut off");
    let mut len = [0; 4];
    file.read_exact(&mut len).with_context(at)?;
    let len = usize::try_from(u32::from_le_bytes(len))?;
    ensure!(len <= PIECE_BYTES_MAX, "{name}: a piece of {len} bytes is longer than any");
    let mut bytes = vec![0; len];
    file.read_exact(&mut bytes).with_context(at)?;
    Ok(bytes)
}
