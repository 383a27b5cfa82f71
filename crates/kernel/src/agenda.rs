//! Scheduled work: a binary heap in rows of the state, ordered by time and then by order of scheduling.
//!
//! Row `n` of the heap has its children at `2n` and `2n + 1`. The earliest piece of work is row 1, so the next moment at
//! which something falls due is known exactly, and pushing in order of time touches two rows (docs/adr/0004).

use crate::{Missing, RowKey, View, broken, ctx::RawAccess};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{ModuleId, UnixMs, decode, encode, limits::ROW_BYTES_MAX};

const HEAD: u8 = 2;
const HEAP: u8 = 3;

/// A piece of scheduled work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct DueItem {
    /// When it falls due.
    pub at: UnixMs,
    /// Its place among all that was ever scheduled.
    pub seq: u64,
    /// The module that scheduled it.
    pub module: ModuleId,
    /// Blinding of the events it will emit.
    pub salt: [u8; 16],
    /// Canonical bytes of the module's item.
    pub body: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, BorshSerialize, BorshDeserialize)]
struct Head {
    len: u64,
    next_seq: u64,
}

/// The agenda of the chain.
#[derive(Debug)]
pub struct Agenda;

impl Agenda {
    /// The rows that every block reads: count and earliest piece of work.
    #[must_use]
    pub fn hint() -> [RowKey; 2] {
        [row(HEAD, &()), row(HEAP, &1_u64)]
    }

    /// When the earliest piece of work falls due, if there is one.
    ///
    /// # Errors
    /// [`Missing`] if the first row is not loaded.
    pub fn next(view: View<'_>) -> Result<Option<UnixMs>, Missing> {
        Ok(if head(view)?.len == 0 { None } else { Some(item(view, 1)?.at) })
    }

    pub(crate) fn push(
        raw: &mut dyn RawAccess,
        at: UnixMs,
        module: ModuleId,
        salt: [u8; 16],
        body: Vec<u8>,
    ) -> Result<(), Missing> {
        let mut head = head(raw.view())?;
        let new = DueItem { at, seq: head.next_seq, module, salt, body };
        head = Head { len: head.len.saturating_add(1), next_seq: head.next_seq.saturating_add(1) };
        let mut hole = head.len;
        // Move later parents down until the new item's place is found.
        while hole > 1 {
            let parent = item(raw.view(), hole >> 1)?;
            if parent <= new {
                break;
            }
            put(raw, hole, &parent);
            hole >>= 1;
        }
        put(raw, hole, &new);
        raw.set(row(HEAD, &()), Some(encode(&head)));
        Ok(())
    }

    /// Takes out the earliest piece of work if it is due at `now`.
    ///
    /// # Errors
    /// [`Missing`] if a row of the heap is not loaded; the context is then discarded.
    pub fn pop(raw: &mut crate::RawCtx<'_>, now: UnixMs) -> Result<Option<DueItem>, Missing> {
        let head = head(RawAccess::view(raw))?;
        if head.len == 0 {
            return Ok(None);
        }
        let first = item(RawAccess::view(raw), 1)?;
        if first.at > now {
            return Ok(None);
        }
        let moved = item(RawAccess::view(raw), head.len)?;
        let len = head.len.saturating_sub(1);
        raw.set(row(HEAP, &head.len), None);
        raw.set(row(HEAD, &()), Some(encode(&Head { len, ..head })));
        if len > 0 {
            sink(raw, len, &moved)?;
        }
        Ok(Some(first))
    }
}

/// Puts `moved` at the top of a heap of `len` items and lets it sink to its place.
fn sink(raw: &mut dyn RawAccess, len: u64, moved: &DueItem) -> Result<(), Missing> {
    let mut hole = 1_u64;
    loop {
        let left = hole.saturating_mul(2);
        if left > len {
            break;
        }
        let mut child = (left, item(raw.view(), left)?);
        let right = left.saturating_add(1);
        if right <= len {
            let other = item(raw.view(), right)?;
            if other < child.1 {
                child = (right, other);
            }
        }
        if *moved <= child.1 {
            break;
        }
        put(raw, hole, &child.1);
        hole = child.0;
    }
    put(raw, hole, moved);
    Ok(())
}

fn row<K: BorshSerialize>(table: u8, key: &K) -> RowKey {
    RowKey { module: ModuleId::SYSTEM, table, key: encode(key) }
}

fn put(raw: &mut dyn RawAccess, at: u64, item: &DueItem) {
    let bytes = encode(item);
    if bytes.len() > ROW_BYTES_MAX {
        broken("a piece of scheduled work is beyond the limit of a row");
    }
    raw.set(row(HEAP, &at), Some(bytes));
}

fn head(view: View<'_>) -> Result<Head, Missing> {
    let bytes = view.row(&row(HEAD, &()))?;
    Ok(bytes.map_or_else(Head::default, |bytes| {
        decode(bytes, ROW_BYTES_MAX).unwrap_or_else(|_error| broken("the head of the agenda does not decode"))
    }))
}

fn item(view: View<'_>, at: u64) -> Result<DueItem, Missing> {
    match view.row(&row(HEAP, &at))? {
        Some(bytes) => {
            Ok(decode(bytes, ROW_BYTES_MAX).unwrap_or_else(|_error| broken("an item of the agenda does not decode")))
        }
        None => broken("the agenda has a hole"),
    }
}
