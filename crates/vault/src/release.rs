//! A holder's answer to a granted request: its share, sealed to the reader's key for it.
//!
//! # Bytes
//! ```text
//! message = share (32) ‖ blind (32)
//! info    = "epione/release/1"
//! aad     = request (16) ‖ unit_id ‖ u32 edition ‖ org of the holder ‖ hash of the reader's key
//! ```
//! The holder signs the answer, so that a bad one can be shown to others ([`Complaint`](crate::Complaint)).

use crate::{
    envelope::{Envelope, EnvelopeError, Opening},
    manifest::Manifest,
    random::Random,
    reader::{ReaderKey, reader_key_hash},
    seal::{KemSecret, SealError, Sealed, open, seal},
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{DecodeError, Hash, KeyError, OrgId, Signature, UnitId, decode, domain, encode, signing_bytes};

/// Largest signed answer, in bytes of its canonical encoding.
pub const ANSWER_BYTES_MAX: usize = 8 * 1024;

/// What the ledger says about a granted request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The request.
    pub request: [u8; 16],
    /// Root of the tree over the reader's keys: [`ReaderSession::root`](crate::ReaderSession::root).
    pub readers: Hash,
}

/// A holder's answer, to be signed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Answer {
    /// Version of this form: [`Answer::VERSION`].
    pub version: u8,
    /// The request it answers.
    pub request: [u8; 16],
    /// The unit.
    pub unit: UnitId,
    /// The edition of the unit.
    pub edition: u32,
    /// Who answers.
    pub holder: OrgId,
    /// Hash of the reader's key: [`reader_key_hash`].
    pub reader: Hash,
    /// The share, sealed to that key.
    pub sealed: Sealed,
}

/// Why a share is not released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// The key is not one of the request, for this unit and holder.
    #[error("the reader's key is not one of this request for this unit and {0}")]
    NotThisReader(OrgId),
    /// The envelope cannot be used.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The share cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerFault {
    /// Of another version, request, unit, edition or reader's key, or by an organization that has no share: no answer to this.
    #[error("is not an answer to this request about this edition of this unit")]
    Misaddressed,
    /// It does not open with the key that it names.
    #[error("does not open with the reader's key")]
    DoesNotOpen,
    /// It opens, but what is in it is not the holder's share.
    #[error("contains another share than the manifest says")]
    WrongShare,
}

/// The answer of the holder of `envelope` to a granted request.
///
/// Whether the request is granted, unexpired, not revoked, the unit not tombstoned, and the reader's quota not used up is for the caller to ask
/// of the ledger, before.
///
/// # Errors
/// [`ReleaseError`].
pub fn release(
    envelope: &Envelope<'_>,
    secret: &KemSecret,
    grant: &Grant,
    reader: &ReaderKey,
    random: &mut dyn Random,
) -> Result<Answer, ReleaseError> {
    let (unit, holder) = (envelope.manifest.unit, envelope.holder);
    if !reader.belongs_to(&grant.readers, &unit, &holder) {
        return Err(ReleaseError::NotThisReader(holder));
    }
    let opening = envelope.open(secret)?;
    let context = Context {
        request: grant.request,
        unit,
        edition: envelope.manifest.edition,
        holder,
        reader: reader_key_hash(&unit, &holder, &reader.key),
    };
    let sealed = seal(&reader.key, (domain::RELEASE, &encode(&context)), &*opening.message(), random)?;
    let Context { request, unit, edition, holder, reader } = context;
    Ok(Answer { version: Answer::VERSION, request, unit, edition, holder, reader, sealed })
}

/// What an answer is bound to.
#[derive(BorshSerialize)]
struct Context {
    request: [u8; 16],
    unit: UnitId,
    edition: u32,
    holder: OrgId,
    reader: Hash,
}

impl Answer {
    /// The present version of the form.
    pub const VERSION: u8 = 1;

    /// What its holder signs.
    #[must_use]
    pub fn signing_bytes(&self) -> Vec<u8> {
        signing_bytes(domain::ANSWER_SIGNATURE, self)
    }

    /// Opens it with the reader's key for this unit and holder, and compares the share with the manifest.
    ///
    /// # Errors
    /// [`AnswerFault`].
    pub(crate) fn open(
        &self,
        secret: &KemSecret,
        request: &[u8; 16],
        manifest: &Manifest,
    ) -> Result<Opening, AnswerFault> {
        let Self { unit, edition, holder, reader, .. } = *self;
        let (index, dealt) = manifest.holder(&holder).ok_or(AnswerFault::Misaddressed)?;
        let expected = reader_key_hash(&unit, &holder, &secret.public());
        let is_for_this = (self.version, self.request, unit, edition, reader)
            == (Self::VERSION, *request, manifest.unit, manifest.edition, expected);
        if !is_for_this {
            return Err(AnswerFault::Misaddressed);
        }
        let aad = encode(&Context { request: *request, unit, edition, holder, reader });
        let message = open(secret, (domain::RELEASE, &aad), &self.sealed).map_err(|_seal| AnswerFault::DoesNotOpen)?;
        let opening = Opening::from_message(index, &message).ok_or(AnswerFault::WrongShare)?;
        if opening.commitment(&unit) == dealt.share { Ok(opening) } else { Err(AnswerFault::WrongShare) }
    }
}

/// An answer with its holder's signature.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedAnswer {
    /// The answer.
    pub answer: Answer,
    /// Of [`Answer::signing_bytes`].
    pub signature: Signature,
}

/// Why bytes are no signed answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The bytes are not the canonical encoding of a signed answer.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The signature does not fit the answer.
    #[error("the signature {0}")]
    Signature(KeyError),
}

impl SignedAnswer {
    /// The signed answer that these bytes are, if the signature fits. Whether the key is one of the holder's is for the caller to ask.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AnswerError> {
        let signed: Self = decode(bytes, ANSWER_BYTES_MAX)?;
        signed.verify()?;
        Ok(signed)
    }

    /// Whether the signature fits.
    ///
    /// # Errors
    /// [`AnswerError::Signature`].
    pub fn verify(&self) -> Result<(), AnswerError> {
        self.signature.verify(&self.answer.signing_bytes()).map_err(AnswerError::Signature)
    }
}
