//! A complaint: that a holder answered a granted request with something else than its share, shown to everybody.
//!
//! The reader publishes the holder's signed answer and the seed of the one key to which it is sealed. Everybody derives the key, sees that it
//! belongs to the request, opens the answer and compares. Nothing else can be opened with the seed: every unit and holder of a
//! request has another.
//!
//! What becomes public is what the holder sealed. If the complaint is right, that is not the share. If it is wrong, it is one share, less than
//! any threshold; [`Complaint::new`] refuses to make such a complaint.

use crate::{
    manifest::SignedManifest,
    reader::{ReaderKey, ReaderSession},
    release::{AnswerFault, Grant, SignedAnswer},
    seal::KemSecret,
    secret::SECRET_BYTES,
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{DecodeError, Hash, decode};
use std::fmt;

/// Largest complaint, in bytes of its canonical encoding.
pub const COMPLAINT_BYTES_MAX: usize = 32 * 1024;

/// A complaint about one answer. Once it is told, everybody can open that answer.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Complaint {
    /// Version of this form: [`Complaint::VERSION`].
    pub version: u8,
    /// The manifest of the unit.
    pub manifest: SignedManifest,
    /// The answer.
    pub answer: SignedAnswer,
    /// The reader's key for this unit and holder.
    pub reader: ReaderKey,
    /// The seed of that key.
    pub seed: [u8; SECRET_BYTES],
}

/// Why a complaint is not made, or cannot be judged. It says nothing about the holder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComplaintError {
    /// The bytes are not the canonical encoding of a complaint.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A later version of the form.
    #[error("version {0} of complaints is unknown")]
    Version(u8),
    /// The manifest is not the one on the ledger, or its signature does not fit.
    #[error("the manifest is not the one on the ledger, or its signature does not fit")]
    Manifest,
    /// The signature of the answer does not fit.
    #[error("the signature of the answer does not fit")]
    Signature,
    /// The key is not the reader's key of this request for this unit and holder, or the seed is another key's.
    #[error("the seed is not that of the reader's key for this request, unit and holder")]
    Reader,
    /// The answer is one to something else.
    #[error("the answer is not one to this request about this edition of this unit")]
    Misaddressed,
    /// The answer is good: a complaint would tell everybody the share.
    #[error("the answer is good")]
    Good,
}

/// What a complaint shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The holder signed an answer that does not open, or has another share.
    Upheld(AnswerFault),
    /// The answer is good: the complaint is false, and the share in it public.
    False,
}

impl Complaint {
    /// The present version of the form.
    pub const VERSION: u8 = 1;

    /// A complaint about `answer`, if there is something to complain about. The ledger has `registered` as commitment to the manifest.
    ///
    /// # Errors
    /// [`ComplaintError`]; [`ComplaintError::Good`] if the answer is good.
    pub fn new(
        session: &ReaderSession,
        (grant, registered): (&Grant, &Hash),
        manifest: &SignedManifest,
        answer: &SignedAnswer,
    ) -> Result<Self, ComplaintError> {
        let (unit, holder) = (manifest.manifest.unit, answer.answer.holder);
        let complaint = Self {
            version: Self::VERSION,
            manifest: manifest.clone(),
            answer: answer.clone(),
            reader: session.key(&unit, &holder).ok_or(ComplaintError::Reader)?,
            seed: *session.seed(&unit, &holder),
        };
        match complaint.judge(grant, registered)? {
            Verdict::Upheld(_) => Ok(complaint),
            Verdict::False => Err(ComplaintError::Good),
        }
    }

    /// The complaint that these bytes are.
    ///
    /// # Errors
    /// [`ComplaintError::Decode`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ComplaintError> {
        Ok(decode(bytes, COMPLAINT_BYTES_MAX)?)
    }

    /// What the complaint shows about the request with this grant, where the ledger has `registered` as commitment to the manifest of the unit.
    /// Everybody comes to the same verdict.
    ///
    /// Whether the key that signed the answer was one of the holder's is for the caller to ask.
    ///
    /// # Errors
    /// [`ComplaintError`] but [`ComplaintError::Decode`] and [`ComplaintError::Good`], in the order in which they are listed.
    pub fn judge(&self, grant: &Grant, registered: &Hash) -> Result<Verdict, ComplaintError> {
        if self.version != Self::VERSION {
            return Err(ComplaintError::Version(self.version));
        }
        if self.manifest.manifest.commitment() != *registered || self.manifest.verify().is_err() {
            return Err(ComplaintError::Manifest);
        }
        self.answer.verify().map_err(|_signature| ComplaintError::Signature)?;
        let (manifest, answer) = (&self.manifest.manifest, &self.answer.answer);
        let secret = KemSecret::from_seed(&self.seed);
        let is_of_request = self.reader.belongs_to(&grant.readers, &manifest.unit, &answer.holder);
        if !is_of_request || secret.public() != self.reader.key {
            return Err(ComplaintError::Reader);
        }
        match answer.open(&secret, &grant.request, manifest) {
            Ok(_share) => Ok(Verdict::False),
            Err(AnswerFault::Misaddressed) => Err(ComplaintError::Misaddressed),
            Err(fault @ (AnswerFault::DoesNotOpen | AnswerFault::WrongShare)) => Ok(Verdict::Upheld(fault)),
        }
    }
}

impl fmt::Debug for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Complaint({} about {}, [private])", self.answer.answer.holder, self.answer.answer.unit)
    }
}
