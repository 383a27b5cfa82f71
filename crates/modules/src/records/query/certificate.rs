//! What is proved of an erasure, and what is outstanding.

use crate::records::{
    ErasureCertificate, Reject, state,
    types::{Deletion, DeletionOf, Holder, Unit},
};
use epione_kernel::{__reexports as json, Missing, QueryStop, Reads, Sources};
use epione_types::{OrgId, SubjectId, UnitId, UnixMs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that an erasure takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum What {
    /// No share is released any more. The rules of the ledger see to it.
    ReleaseRefused,
    /// A vault deleted ciphertext and envelopes. Its word.
    CiphertextDeleted,
    /// A vault deleted the copy of an earlier edition, or whoever has one: those of organizations that left are only counted.
    FormerCopyDeleted,
    /// A holder deleted what it had of its envelope and share. Its word.
    EnvelopeDeleted,
    /// The key to which a holder's share was sealed is destroyed: by a rotation that began after the erasure, of which two
    /// vaults signed that it is finished, or because it was lost. That it is destroyed is the holder's word.
    HolderKeyDestroyed,
    /// The custodian deleted the salts of the items, and the key of the tag if no other unit needs it. Its word.
    TagKeyDeleted,
}

/// A thing that an erasure takes, done or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Item {
    /// What.
    what: What,
    /// By whom; none if the ledger itself sees to it, or it is not known who has it.
    org: Option<OrgId>,
    /// Of which edition; none if of all.
    edition: Option<u32>,
    /// How many.
    count: u16,
    /// Block time since when it is done.
    at: Option<UnixMs>,
}

/// What is proved of an erasure, and what is outstanding. Who once read the unit may know what was in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Certificate {
    /// The unit.
    id: UnitId,
    /// Whom it was about.
    subject: SubjectId,
    /// Its custodian.
    custodian: OrgId,
    /// Block time from which it is erased.
    effective_at: UnixMs,
    /// Whether it is erased at the time of this answer.
    erased: bool,
    /// Whether nothing is outstanding.
    complete: bool,
    /// What is done.
    proved: Vec<Item>,
    /// What is not.
    outstanding: Vec<Item>,
}

/// The certificate of one unit.
pub(super) fn certificate(sources: &Sources<'_>, query: &ErasureCertificate) -> Result<Value, QueryStop<Reject>> {
    let unit = state::unit(&sources.state, &query.id)?.ok_or(Reject::UnknownUnit)?;
    let effective_at = unit.erasure.since().ok_or(Reject::NotErased)?;
    let erased = unit.is_erased(sources.now);
    let (proved, outstanding): (Vec<Item>, Vec<Item>) =
        items(&sources.state, &unit, effective_at, erased)?.into_iter().partition(|item| item.at.is_some());
    Ok(json::json(&Certificate {
        id: query.id,
        subject: unit.subject,
        custodian: unit.custodian,
        effective_at,
        erased,
        complete: outstanding.is_empty(),
        proved,
        outstanding,
    }))
}

/// Everything that the erasure takes, with the time since when it is done.
fn items(from: &impl Reads, unit: &Unit, effective_at: UnixMs, erased: bool) -> Result<Vec<Item>, Missing> {
    let one = |what, org, edition, at| Item { what, org, edition, count: 1, at };
    let word = |org: &OrgId, of| {
        let mut words = unit.acknowledged.iter();
        words.find(|known: &&Deletion| known.org == *org && known.of == of).map(|known| known.at)
    };
    let mut items = vec![one(What::ReleaseRefused, None, None, erased.then_some(effective_at))];
    for vault in unit.vaults.iter() {
        let at = word(vault, DeletionOf::Ciphertext);
        items.push(one(What::CiphertextDeleted, Some(*vault), Some(unit.edition), at));
    }
    for copy in unit.former.iter() {
        items.push(one(What::FormerCopyDeleted, Some(copy.vault), Some(copy.edition), None));
    }
    if unit.unaccounted > 0 {
        items.push(Item { count: unit.unaccounted, ..one(What::FormerCopyDeleted, None, None, None) });
    }
    for holder in unit.holders.iter() {
        let at = word(&holder.org, DeletionOf::Envelope);
        items.push(one(What::EnvelopeDeleted, Some(holder.org), Some(unit.edition), at));
        let at = key_destroyed(from, holder, effective_at)?;
        items.push(one(What::HolderKeyDestroyed, Some(holder.org), None, at));
    }
    let tag_key = unit.acknowledged.iter().find(|known| known.of == DeletionOf::TagKey);
    let (custodian, at) = tag_key.map_or((unit.custodian, None), |known| (known.org, Some(known.at)));
    items.push(one(What::TagKeyDeleted, Some(custodian), None, at));
    Ok(items)
}

/// Since when the key to which a share is sealed is destroyed. A rotation that began before the erasure sealed the share
/// again; one that began later did not.
fn key_destroyed(from: &impl Reads, holder: &Holder, effective_at: UnixMs) -> Result<Option<UnixMs>, Missing> {
    let keeping = state::keeping(from, &holder.org)?;
    let rotated = keeping.finished.map(|finished| finished.begun_at).filter(|begun_at| *begun_at >= effective_at);
    let lost = keeping.loss.filter(|loss| holder.period <= loss.through).map(|loss| loss.at);
    Ok(rotated.or(lost))
}
