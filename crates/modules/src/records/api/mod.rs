//! The whole surface of records. Numbers are append-only and never reused.

mod calls;
pub mod events;
mod examples;
mod queries;

pub use calls::{
    AcknowledgeDeletion, BeginRotation, CancelErasure, CorrectError, DecideErasure, FinishRotation, Redeal, Register,
    ReportLostKey, RequestErasure, Retag, Retagging, SetHold, SetRetention, SupportSuccessor, Tombstone,
};
pub(super) use events::{
    DeletionAcknowledged, EnteredInError, Erased, ErasureCancelled, ErasureGranted, ErasureRefused, ErasureRequested,
    HoldSet, KeyLost, KeyOverdue, Redealt, Registered, Retagged, RetentionSet, RotationBegun, RotationFinished,
    Succeeded, SuccessorSupported, UseRestricted,
};
pub use queries::{ErasureCertificate, Get, GetHolder, GetSuccession, List, ListShares};

use epione_kernel::{numbered, rejects};

numbered! {
    /// What can be asked of records.
    pub enum Call {
        1 => Register "register",
        2 => CorrectError "correct-error",
        3 => Retag "retag",
        4 => SetHold "set-hold",
        5 => SetRetention "set-retention",
        6 => RequestErasure "request-erasure",
        7 => DecideErasure "decide-erasure",
        8 => CancelErasure "cancel-erasure",
        9 => Tombstone "tombstone",
        10 => AcknowledgeDeletion "acknowledge-deletion",
        11 => Redeal "redeal",
        12 => ReportLostKey "report-lost-key",
        13 => BeginRotation "begin-rotation",
        14 => FinishRotation "finish-rotation",
        15 => SupportSuccessor "support-successor",
    }
}

numbered! {
    /// What happened.
    pub enum Event {
        1 => Registered "registered",
        2 => EnteredInError "entered-in-error",
        3 => Retagged "retagged",
        4 => HoldSet "hold-set",
        5 => RetentionSet "retention-set",
        6 => ErasureRequested "erasure-requested",
        7 => ErasureGranted "erasure-granted",
        8 => ErasureRefused "erasure-refused",
        9 => UseRestricted "use-restricted",
        10 => ErasureCancelled "erasure-cancelled",
        11 => Erased "erased",
        12 => DeletionAcknowledged "deletion-acknowledged",
        13 => Redealt "redealt",
        14 => KeyLost "key-lost",
        15 => RotationBegun "rotation-begun",
        16 => RotationFinished "rotation-finished",
        17 => KeyOverdue "key-overdue",
        18 => SuccessorSupported "successor-supported",
        19 => Succeeded "succeeded",
    }
}

numbered! {
    /// What can be read.
    pub enum Query {
        1 => Get "get",
        2 => List "list",
        3 => ErasureCertificate "erasure-certificate",
        4 => GetHolder "holder",
        5 => ListShares "shares",
        6 => GetSuccession "succession",
    }
}

rejects! {
    /// Why a call is refused, in order of precedence. The first four need no state.
    pub enum Reject {
        1 => CommitteeUnsound "committee-unsound": "the holders are two or more, each once, and the threshold is more than half of them and not above their number",
        2 => BucketUnknown "bucket-unknown": "a size bucket is a number from 0 to 16",
        3 => UnitsNotDistinct "units-not-distinct": "name at least one unit, and none twice",
        4 => AcknowledgementInvalid "acknowledgement-invalid": "two vaults at least acknowledge by signatures of different keys over what the call says",
        5 => UnknownUnit "unknown-unit": "there is no such unit",
        6 => UnknownSubject "unknown-subject": "there is no such subject",
        7 => NotMember "not-member": "only a member can do this, by its own key or that of a program of its own",
        8 => NotCustodian "not-custodian": "only the custodian, its successor if it is gone, or a program of it can do this",
        9 => NotPatient "not-patient": "only the patient, or who acts for the patient in what the unit is about, can do this",
        10 => UnitTaken "unit-taken": "there is a unit with this identifier; draw another at random",
        11 => SubjectClosed "subject-closed": "the subject was merged into another or closed",
        12 => SubjectsDiffer "subjects-differ": "the units belong to different subjects",
        13 => SameSubject "same-subject": "the units belong to this subject",
        14 => OtherCustodian "other-custodian": "the subject belongs to another custodian than the unit",
        15 => UnitErased "unit-erased": "the unit is erased",
        16 => AlreadyInError "already-in-error": "the unit was entered in error",
        17 => AlreadySuperseded "already-superseded": "another unit took its place; act on that one",
        18 => CommitteeTooSmall "committee-too-small": "a unit has four holders at least",
        19 => EditionStale "edition-stale": "the edition is not that which follows; read the unit again",
        20 => CopiesOutstanding "copies-outstanding": "too many copies of earlier editions are not acknowledged as deleted",
        21 => HolderUnfit "holder-unfit": "a holder is no active member or validator, or is a payer, manufacturer or distributor",
        22 => KeyStale "key-stale": "a holder has no KEM key of this period, or lost it; read its key again and deal anew",
        23 => VaultUnknown "vault-unknown": "two of the keys at least are the receipt keys of different organizations, and no key is any other",
        24 => Unchanged "unchanged": "this is so already",
        25 => RetentionShortened "retention-shortened": "a retention is never shortened",
        26 => AlreadyRequested "already-requested": "the erasure was requested or granted",
        27 => NotRequested "not-requested": "nobody requested the erasure, or it was decided",
        28 => NotConfirmed "not-confirmed": "another guardian must request the erasure, too",
        29 => OnHold "on-hold": "a legal hold forbids the erasure",
        30 => Retained "retained": "the retention of the unit is not over",
        31 => NotErased "not-erased": "the unit is not erased, and there is no copy of this edition to delete",
        32 => NotKeeper "not-keeper": "the organization does not keep this of the unit",
        33 => AlreadyAcknowledged "already-acknowledged": "the organization acknowledged this deletion",
        34 => PeriodUnknown "period-unknown": "the organization has no key of this period any more",
        35 => RotationPending "rotation-pending": "a rotation is under way; finish it, or report the key lost",
        36 => TooManyRotating "too-many-rotating": "as many holders rotate as may at once; try again later",
        37 => KeyRefused "key-refused": "the key is not of the next period, or was in use before",
        38 => NoRotation "no-rotation": "no rotation to this period is under way",
        39 => TooManyUnits "too-many-units": "there are not as many units to seal again",
        40 => CustodianPresent "custodian-present": "the organization has not left",
        41 => NotEligible "not-eligible": "only active members and validators decide on a successor",
        42 => SuccessorDecided "successor-decided": "the successor was decided on",
        43 => SuccessorUnfit "successor-unfit": "the successor is no active member or validator, or is a payer, manufacturer or distributor",
    }
}
