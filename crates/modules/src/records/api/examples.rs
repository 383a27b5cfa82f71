//! Examples of calls, events and queries, for documents, forms and fuzzing.

use crate::{
    network::{KemKey, XWingKey},
    records::{
        api::{
            AcknowledgeDeletion, BeginRotation, CancelErasure, CorrectError, DecideErasure, DeletionAcknowledged,
            EnteredInError, Erased, ErasureCancelled, ErasureCertificate, ErasureGranted, ErasureRefused,
            ErasureRequested, FinishRotation, Get, GetHolder, GetSuccession, HoldSet, KeyLost, KeyOverdue, List,
            ListShares, Redeal, Redealt, Register, Registered, ReportLostKey, RequestErasure, Retag, Retagged,
            RetentionSet, RotationBegun, RotationFinished, SetHold, SetRetention, Succeeded, SuccessorSupported,
            SupportSuccessor, Tombstone, UseRestricted, calls::Retagging,
        },
        types::{Correction, DeletionOf, ErasureDecision, Holder, Holders, RefusalGround},
    },
};
use epione_kernel::{Example, broken};
use epione_types::{
    Hash, IdentityId, List as Several, OrgId, Quarter, Signature, SignerId, SubjectId, Tag, UnitId, UnixMs,
};

const UNIT: UnitId = UnitId([1; 32]);
const SUBJECT: SubjectId = SubjectId([2; 16]);
const ORG: OrgId = OrgId([3; 16]);
const LABEL: Tag = Tag([4; 16]);
const MANIFEST: Hash = Hash([5; 32]);

fn list<T, const MAX: usize>(items: Vec<T>) -> Several<T, MAX> {
    Several::new(items).unwrap_or_else(|_items| broken("an example is too long"))
}

fn quarter(year: u16) -> Quarter {
    Quarter::new(year, 4).unwrap_or_default()
}

fn holders() -> Holders {
    list((6..10).map(|org| Holder { org: OrgId([org; 16]), period: 12 }).collect())
}

fn signatures<const MAX: usize>() -> Several<Signature, MAX> {
    list([0x22, 0x23].into_iter().map(|key| Signature::Ed25519 { key: [key; 32], bytes: [0x33; 64] }).collect())
}

fn vaults<const MAX: usize>() -> Several<OrgId, MAX> {
    list(vec![OrgId([6; 16]), OrgId([7; 16])])
}

macro_rules! examples {
    ($($name:ident { $($field:ident: $value:expr),* $(,)? })*) => {$(
        impl Example for $name {
            fn example() -> Self {
                Self { $($field: $value),* }
            }
        }
    )*};
}

examples! {
    Register {
        unit: UNIT, subject: SUBJECT, manifest: MANIFEST, holders: holders(), threshold: 3, label: LABEL,
        restricted: false, locked: false, care: quarter(2026), bucket: 6, retain_until: quarter(2036),
        supersedes: None, vaults: signatures(),
    }
    CorrectError { unit: UNIT }
    Retag { units: list(vec![Retagging { unit: UNIT, label: LABEL }]), to: SUBJECT, correction: Correction::Merge }
    SetHold { unit: UNIT, hold: true }
    SetRetention { unit: UNIT, retain_until: quarter(2046) }
    RequestErasure { units: list(vec![UNIT]), attested: None }
    DecideErasure { unit: UNIT, decision: ErasureDecision::Refuse(RefusalGround::LegalDuty) }
    CancelErasure { unit: UNIT }
    Tombstone { unit: UNIT }
    AcknowledgeDeletion { unit: UNIT, edition: 1, of: DeletionOf::Ciphertext }
    Redeal { unit: UNIT, edition: 2, manifest: MANIFEST, holders: holders(), threshold: 3, vaults: signatures() }
    ReportLostKey { period: 12 }
    BeginRotation { key: KemKey { period: 13, key: XWingKey(Box::new([0x44; XWingKey::BYTES])) } }
    FinishRotation { org: OrgId([6; 16]), period: 13, units: 2, envelopes: MANIFEST, vaults: signatures() }
    SupportSuccessor { of: ORG, successor: OrgId([6; 16]) }

    Registered {
        id: UNIT, custodian: ORG, subject: SUBJECT, manifest: MANIFEST, holders: holders(), threshold: 3, label: LABEL,
        restricted: false, locked: false, care: quarter(2026), bucket: 6, retain_until: quarter(2036),
        supersedes: None, vaults: vaults(),
    }
    EnteredInError { unit: UNIT, subject: SUBJECT }
    Retagged {
        units: list(vec![Retagging { unit: UNIT, label: LABEL }]), from: SubjectId([8; 16]), to: SUBJECT,
        correction: Correction::Merge,
    }
    HoldSet { unit: UNIT, hold: true }
    RetentionSet { unit: UNIT, retain_until: quarter(2046) }
    ErasureRequested {
        units: list(vec![UNIT]), subject: SUBJECT, by: SignerId::Identity(IdentityId([9; 16])), awaits_another: false,
        attested: None,
    }
    ErasureGranted { unit: UNIT, subject: SUBJECT, effective_at: UnixMs(1_800_604_800_000), requested: true }
    ErasureRefused { unit: UNIT, subject: SUBJECT, ground: RefusalGround::LegalDuty }
    UseRestricted { unit: UNIT, subject: SUBJECT }
    ErasureCancelled { unit: UNIT, by: SignerId::Identity(IdentityId([9; 16])) }
    Erased { unit: UNIT, subject: SUBJECT }
    DeletionAcknowledged { unit: UNIT, edition: 1, org: OrgId([6; 16]), of: DeletionOf::Ciphertext }
    Redealt {
        unit: UNIT, edition: 2, manifest: MANIFEST, holders: holders(), threshold: 3, vaults: vaults(),
        left: list(vec![OrgId([6; 16])]),
    }
    KeyLost { org: OrgId([6; 16]), period: 12 }
    RotationBegun { org: OrgId([6; 16]), period: 13, key: MANIFEST, units: 2 }
    RotationFinished { org: OrgId([6; 16]), period: 13, units: 2, envelopes: Some(MANIFEST), vaults: vaults() }
    KeyOverdue { org: OrgId([6; 16]), period: 12 }
    SuccessorSupported { of: ORG, member: OrgId([7; 16]), successor: OrgId([6; 16]) }
    Succeeded { of: ORG, successor: OrgId([6; 16]) }

    Get { id: UNIT }
    List { subject: Some(SUBJECT), custodian: None, after: None, limit: Some(10) }
    ErasureCertificate { id: UNIT }
    GetHolder { org: OrgId([6; 16]) }
    ListShares { org: OrgId([6; 16]), after: None, limit: Some(10) }
    GetSuccession { of: ORG }
}
