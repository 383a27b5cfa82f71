//! The reader's side: joins the shares of enough answers, checks everything that the manifest commits to, and decrypts.

use crate::{
    contents::{Contents, ContentsError},
    envelope::Opening,
    manifest::{Manifest, key_commitment},
    reader::ReaderSession,
    release::{Answer, AnswerFault, Grant},
    secret::UnitKey,
    shamir::join,
    stream::{StreamError, decrypt},
};
use epione_types::{Hash, OrgId};

/// A holder whose answer cannot be used, with the reason.
pub type Faulty = (OrgId, AnswerFault);

/// A unit that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The contents, in clear.
    pub contents: Contents,
    /// Answers that could not be used.
    pub faulty: Vec<Faulty>,
}

/// Why a unit cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The ciphertext is not the one of the manifest: another vault may have it.
    #[error("the ciphertext is not the one of the manifest")]
    Ciphertext,
    /// Too few good answers.
    #[error("{good} good answers of {threshold}")]
    TooFew {
        /// Answers that are needed.
        threshold: u8,
        /// Answers that could be used.
        good: usize,
        /// Those that could not.
        faulty: Vec<Faulty>,
    },
    /// Every share is the one that its author committed to, yet together they are not the key: the author is at fault.
    #[error("the shares that the author dealt do not make the key that it committed to")]
    Key,
    /// The ciphertext does not open with the key that its author committed to: the author is at fault.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// The contents have no form: the author is at fault.
    #[error(transparent)]
    Contents(#[from] ContentsError),
    /// The contents have other items than the author committed to: the author is at fault.
    #[error("the items are not those that the author committed to")]
    Items,
}

/// Whether an answer can be used, as soon as it is there: a reader need not ask more holders than it takes.
///
/// # Errors
/// [`AnswerFault`].
pub fn check_answer(
    session: &ReaderSession,
    grant: &Grant,
    manifest: &Manifest,
    answer: &Answer,
) -> Result<(), AnswerFault> {
    let secret = session.secret(&manifest.unit, &answer.holder);
    answer.open(&secret, &grant.request, manifest).map(|_share| ())
}

/// Opens a unit with the answers of its holders. An answer that cannot be used is named and left out.
///
/// The manifest is checked by [`Manifest::check`] and against the ledger before, the signature of each answer against the keys of its holder.
///
/// # Errors
/// [`OpenError`].
pub fn open_unit(
    session: &ReaderSession,
    grant: &Grant,
    manifest: &Manifest,
    answers: &[Answer],
    ciphertext: &[u8],
) -> Result<Opened, OpenError> {
    if Hash::sha256(&[ciphertext]) != manifest.ciphertext {
        return Err(OpenError::Ciphertext);
    }
    let (mut good, mut faulty) = (Vec::<Opening>::new(), Vec::new());
    for answer in answers {
        let secret = session.secret(&manifest.unit, &answer.holder);
        match answer.open(&secret, &grant.request, manifest) {
            // The second answer of a holder adds nothing: its share is the same.
            Ok(opening) if good.iter().any(|other| other.share.index() == opening.share.index()) => {}
            Ok(opening) => good.push(opening),
            Err(fault) => faulty.push((answer.holder, fault)),
        }
    }
    let Some(key) = joined(manifest, &good, &faulty)? else { return Err(OpenError::Key) };
    let bytes = decrypt(&key, (&manifest.unit, manifest.edition), manifest.bucket, ciphertext)?;
    let contents = Contents::from_bytes(bytes)?;
    if contents.root() != manifest.items_root {
        return Err(OpenError::Items);
    }
    Ok(Opened { contents, faulty })
}

/// The key that the manifest commits to. Nothing if no `threshold` of the shares make it: an author may commit to shares that do not all lie on
/// one polynomial, so every choice of them is tried; seven holders have at most 35.
fn joined(manifest: &Manifest, good: &[Opening], faulty: &[Faulty]) -> Result<Option<UnitKey>, OpenError> {
    let threshold = manifest.threshold;
    if good.len() < usize::from(threshold) {
        return Err(OpenError::TooFew { threshold, good: good.len(), faulty: faulty.to_vec() });
    }
    for choice in 1..=u8::MAX >> 1 {
        let chosen = good.iter().enumerate().filter(|(place, _)| choice >> place & 1 == 1);
        let shares: Vec<_> = chosen.map(|(_, opening)| &opening.share).collect();
        let is_full = shares.len() == usize::from(threshold) && choice.count_ones() == u32::from(threshold);
        let Some(secret) = is_full.then(|| join(&shares).ok()).flatten() else { continue };
        let key = UnitKey::from_bytes(*secret);
        if key_commitment(&manifest.unit, &key) == manifest.key_commitment {
            return Ok(Some(key));
        }
    }
    Ok(None)
}
