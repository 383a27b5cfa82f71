//! The whole surface of identities. Numbers are append-only and never reused.

mod calls;
pub mod events;
mod examples;
mod queries;

pub use calls::{
    AcceptTransfer, AddKey, ApproveRecovery, CancelRecovery, Deactivate, Enroll, FinishRecovery, Register, RemoveKey,
    RotateKey, SetRecovery, StartRecovery, Transfer,
};
pub(super) use events::{
    Closed, Deactivated, KeyAdded, KeyRemoved, KeyRotated, RecoveryApproved, RecoveryCancelled, RecoveryFinished,
    RecoverySecured, RecoverySet, RecoveryStarted, Registered, TransferOffered, Transferred,
};
pub use queries::{Find, Get, GetRecovery, List};

use epione_kernel::{numbered, rejects};

numbered! {
    /// What can be asked of identities.
    pub enum Call {
        1 => Register "register",
        2 => AddKey "add-key",
        3 => RemoveKey "remove-key",
        4 => RotateKey "rotate-key",
        5 => SetRecovery "set-recovery",
        6 => StartRecovery "start-recovery",
        7 => ApproveRecovery "approve-recovery",
        8 => CancelRecovery "cancel-recovery",
        9 => FinishRecovery "finish-recovery",
        10 => Deactivate "deactivate",
        11 => Transfer "transfer",
        12 => AcceptTransfer "accept-transfer",
        13 => Enroll "enroll",
    }
}

numbered! {
    /// What happened.
    pub enum Event {
        1 => Registered "registered",
        2 => KeyAdded "key-added",
        3 => KeyRemoved "key-removed",
        4 => KeyRotated "key-rotated",
        5 => RecoverySet "recovery-set",
        6 => RecoveryStarted "recovery-started",
        7 => RecoveryApproved "recovery-approved",
        8 => RecoverySecured "recovery-secured",
        9 => RecoveryCancelled "recovery-cancelled",
        10 => RecoveryFinished "recovery-finished",
        11 => Deactivated "deactivated",
        12 => Closed "closed",
        13 => TransferOffered "transfer-offered",
        14 => Transferred "transferred",
    }
}

numbered! {
    /// What can be read.
    pub enum Query {
        1 => Get "get",
        2 => GetRecovery "recovery",
        3 => List "list",
        4 => Find "find",
    }
}

rejects! {
    /// Why a call is refused, in order of precedence. The first five need no state.
    pub enum Reject {
        1 => KeyInvalid "key-invalid": "a key is not a point of the curve, or one for which anybody can sign",
        2 => KeysNotDistinct "keys-not-distinct": "the same key is given twice",
        3 => NoSigningKey "no-signing-key": "at least one key must sign transactions",
        4 => SignatureInvalid "signature-invalid": "a signature within the call is not over what the call says",
        5 => PolicyInvalid "policy-invalid": "the threshold is at least one and below the number of guardians, who are all different; at most four of them are keys",
        6 => NotOrganization "not-organization": "only an organization can do this, by a key of its own and in its own name",
        7 => NotMember "not-member": "only active members and validators answer for identities",
        8 => UnknownIdentity "unknown-identity": "there is no such identity",
        9 => NotIdentity "not-identity": "only the identity itself can do this, by a key of its own; its organization can close it",
        10 => OrganizationSuspended "organization-suspended": "a suspended organization closes no identities",
        11 => IdentityClosed "identity-closed": "the identity was closed by its organization",
        12 => Stale "stale": "the number is not that of the next change or recovery; read the identity again",
        13 => UnknownKey "unknown-key": "this is not a key of the identity",
        14 => KeyInPolicy "key-in-policy": "the recovery policy names this key; change the policy first",
        15 => LastKey "last-key": "one key that signs transactions must remain",
        16 => TooManyKeys "too-many-keys": "the identity has as many keys as one may have",
        17 => UnknownOrganization "unknown-organization": "there is no such active member or validator",
        18 => SameOrganization "same-organization": "the identity belongs to this organization",
        19 => NotOffered "not-offered": "the identity did not ask for this organization",
        20 => UnknownGuardian "unknown-guardian": "a guardian is no member, no active identity, or no recovery key of the identity; none guards itself",
        21 => DelayOutOfRange "delay-out-of-range": "the delay is below the parameter recovery_delay_ms or above ninety days",
        22 => NoPolicy "no-policy": "the identity has no guardians",
        23 => NotGuardian "not-guardian": "only a guardian of the identity can do this",
        24 => UnknownRecovery "unknown-recovery": "there is no such recovery",
        25 => RecoveryOver "recovery-over": "the recovery was finished, has expired, or the policy changed; start another",
        26 => KeysDiffer "keys-differ": "these are not the keys of the recovery",
        27 => AlreadyApproved "already-approved": "this guardian has approved",
        28 => NotApproved "not-approved": "too few guardians have approved",
        29 => RecoverySecured "recovery-secured": "one guardian more than needed has approved the recovery: until it is over it cannot be stopped",
        30 => RecoveryCancelled "recovery-cancelled": "the recovery was cancelled; one guardian more than needed overrides that",
        31 => KeySpent "key-spent": "this key has cancelled once under this policy, and none cancels twice",
        32 => CancellationsSpent "cancellations-spent": "eight recoveries were cancelled under this policy; change the policy",
        33 => TooEarly "too-early": "the delay has not passed",
        34 => KeyTaken "key-taken": "a key is or was in use on this ledger; make a new one",
        35 => NotService "not-service": "only a service of the organization enrolls others, and in its name",
        36 => KindNotEnrolled "kind-not-enrolled": "a service enrolls persons and devices; practitioners and services are registered by the organization",
    }
}
