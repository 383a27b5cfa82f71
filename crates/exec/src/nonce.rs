//! Nonce lanes: each accepts a window of sequence numbers in any order, each once.

use borsh::{BorshDeserialize, BorshSerialize};
use epione_kernel::{Missing, RowKey, View, broken};
use epione_types::{
    ModuleId, Nonce, SignerId, TxFault, decode, encode,
    limits::{NONCE_WINDOW, ROW_BYTES_MAX},
};

const WORDS: usize = 8;
const TABLE: u8 = 1;

/// The state of one lane of one signer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Lane {
    /// The highest number used; zero before the first.
    high: u64,
    /// Bit `i` says whether `high − i` was used.
    used: [u64; WORDS],
}

impl Lane {
    /// Address of the row of a lane.
    #[must_use]
    pub fn row(signer: &SignerId, lane: u16) -> RowKey {
        RowKey { module: ModuleId::SYSTEM, table: TABLE, key: encode(&(signer, lane)) }
    }

    /// The lane of a signer as `view` has it.
    ///
    /// # Errors
    /// [`Missing`] if its row is not loaded.
    pub fn of(view: View<'_>, signer: &SignerId, lane: u16) -> Result<Self, Missing> {
        Ok(view.row(&Self::row(signer, lane))?.map_or_else(Self::default, |bytes| {
            decode(bytes, ROW_BYTES_MAX).unwrap_or_else(|_error| broken("a nonce lane does not decode"))
        }))
    }

    /// The highest number used; zero before the first.
    #[must_use]
    pub const fn high(&self) -> u64 {
        self.high
    }

    /// The lane after `nonce` is used.
    ///
    /// # Errors
    /// [`TxFault::NonceUsed`] if the number was used, is zero or lies behind the window; [`TxFault::NonceAhead`] if it
    /// lies beyond it.
    pub fn with(mut self, nonce: Nonce) -> Result<Self, TxFault> {
        if nonce.seq == 0 {
            return Err(TxFault::NonceUsed(nonce));
        }
        if let Some(ahead) = nonce.seq.checked_sub(self.high).filter(|ahead| *ahead > 0) {
            if ahead > NONCE_WINDOW {
                return Err(TxFault::NonceAhead { nonce, next: self.next_unused() });
            }
            self.shift(ahead);
            self.high = nonce.seq;
            self.mark(0);
            return Ok(self);
        }
        let behind = self.high.saturating_sub(nonce.seq);
        if behind >= NONCE_WINDOW || self.is_used(behind) {
            return Err(TxFault::NonceUsed(nonce));
        }
        self.mark(behind);
        Ok(self)
    }

    /// Whether a number may wait: it can be used now, or as soon as a window's worth of numbers before it is.
    ///
    /// # Errors
    /// As [`Self::with`], but [`TxFault::NonceAhead`] only beyond twice the window: what lies further ahead would wait in
    /// vain, and be in the way of the numbers that follow.
    pub fn may_wait(self, nonce: Nonce) -> Result<(), TxFault> {
        match self.with(nonce) {
            Err(TxFault::NonceAhead { .. })
                if nonce.seq.saturating_sub(self.high) <= NONCE_WINDOW.saturating_mul(2) =>
            {
                Ok(())
            }
            other => other.map(drop),
        }
    }

    /// The lowest number that is neither used nor behind the window.
    #[must_use]
    pub fn next_unused(&self) -> u64 {
        let oldest = NONCE_WINDOW.min(self.high);
        (0..oldest)
            .rev()
            .find(|behind| !self.is_used(*behind))
            .map_or(self.high.saturating_add(1), |behind| self.high.saturating_sub(behind))
    }

    /// Moves every bit up by `by`, at most the whole window.
    fn shift(&mut self, by: u64) {
        let (words, bits) = (usize::try_from(by >> 6).unwrap_or(usize::MAX), u32::try_from(by & 63).unwrap_or(0));
        let old = self.used;
        for (to, word) in self.used.iter_mut().enumerate() {
            let at = |from: Option<usize>| from.and_then(|from| old.get(from)).copied().unwrap_or(0);
            let low = at(to.checked_sub(words));
            let carry = at(to.checked_sub(words).and_then(|from| from.checked_sub(1)));
            *word = low.checked_shl(bits).unwrap_or(0) | carry.checked_shr(64_u32.saturating_sub(bits)).unwrap_or(0);
        }
    }

    fn mark(&mut self, behind: u64) {
        if let Some(word) = usize::try_from(behind >> 6).ok().and_then(|word| self.used.get_mut(word)) {
            *word |= 1 << (behind & 63);
        }
    }

    fn is_used(&self, behind: u64) -> bool {
        usize::try_from(behind >> 6)
            .ok()
            .and_then(|word| self.used.get(word))
            .is_none_or(|word| word & (1 << (behind & 63)) != 0)
    }
}
