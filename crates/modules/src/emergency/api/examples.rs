//! An example of each item of the surface.

use crate::emergency::{
    BreakGlass, Countersign, End, Get, GetReviewers, GetRight, List, Notify, Reinstate, Renew, ReviewAccess,
    RevokeRight, SetReviewer,
    api::events::{
        Bound, CountersignatureMissing, Countersigned, Ended, GlassBroken, Notified, Renewed, ReviewOverdue, Reviewed,
        ReviewerSet, RightReinstated, RightRevoked,
    },
    types::{Delivery, Outcome, Reach, Stage},
};
use epione_kernel::Example;
use epione_types::{EmergencyId, Hash, IdentityId, OrgId, SignerId, SubjectId, UnixMs};

const ID: EmergencyId = EmergencyId([1; 16]);
const CLINIC: OrgId = OrgId([2; 16]);
const CUSTODIAN: OrgId = OrgId([3; 16]);
const PRACTITIONER: IdentityId = IdentityId([4; 16]);
const SECOND: IdentityId = IdentityId([5; 16]);
const OFFICER: IdentityId = IdentityId([6; 16]);
const SUBJECT: SubjectId = SubjectId([7; 16]);
const COMMITMENT: Hash = Hash([0xab; 32]);

impl Example for BreakGlass {
    fn example() -> Self {
        Self { custodian: CUSTODIAN, subject: Some(SUBJECT), justification: COMMITMENT }
    }
}
impl Example for Renew {
    fn example() -> Self {
        Self { emergency: ID, justification: COMMITMENT }
    }
}
impl Example for End {
    fn example() -> Self {
        Self { emergency: ID }
    }
}
impl Example for Countersign {
    fn example() -> Self {
        Self { emergency: ID }
    }
}
impl Example for Notify {
    fn example() -> Self {
        Self { emergency: ID, delivery: Delivery::Told }
    }
}
impl Example for SetReviewer {
    fn example() -> Self {
        Self { identity: OFFICER, named: true }
    }
}
impl Example for ReviewAccess {
    fn example() -> Self {
        Self { emergency: ID, outcome: Outcome::Justified, report: COMMITMENT }
    }
}
impl Example for RevokeRight {
    fn example() -> Self {
        Self { emergency: ID, reach: Reach::OwnCharts }
    }
}
impl Example for Reinstate {
    fn example() -> Self {
        Self { practitioner: PRACTITIONER, reach: Reach::OwnCharts }
    }
}
impl Example for GlassBroken {
    fn example() -> Self {
        Self {
            id: ID,
            practitioner: PRACTITIONER,
            org: CLINIC,
            custodian: CUSTODIAN,
            subject: Some(SUBJECT),
            justification: COMMITMENT,
            expires_at: UnixMs(1_800_014_400_000),
            countersign_by: UnixMs(1_800_086_400_000),
            review_by: UnixMs(1_800_604_800_000),
        }
    }
}
impl Example for Renewed {
    fn example() -> Self {
        Self { id: ID, justification: COMMITMENT, expires_at: UnixMs(1_800_028_800_000) }
    }
}
impl Example for Ended {
    fn example() -> Self {
        Self { id: ID }
    }
}
impl Example for Bound {
    fn example() -> Self {
        Self { id: ID, custodian: CUSTODIAN, subject: SUBJECT }
    }
}
impl Example for Countersigned {
    fn example() -> Self {
        Self { id: ID, by: SECOND, late: false }
    }
}
impl Example for CountersignatureMissing {
    fn example() -> Self {
        Self { id: ID, org: CLINIC }
    }
}
impl Example for Notified {
    fn example() -> Self {
        Self { id: ID, custodian: CUSTODIAN, delivery: Delivery::Told }
    }
}
impl Example for ReviewerSet {
    fn example() -> Self {
        Self { org: CUSTODIAN, identity: OFFICER, named: true }
    }
}
impl Example for Reviewed {
    fn example() -> Self {
        Self {
            id: ID,
            outcome: Outcome::Justified,
            by: SignerId::Identity(OFFICER),
            report: COMMITMENT,
            expires_at: UnixMs(1_800_014_400_000),
        }
    }
}
impl Example for ReviewOverdue {
    fn example() -> Self {
        Self { id: ID, custodian: CUSTODIAN, stage: Stage::Custodian }
    }
}
impl Example for RightRevoked {
    fn example() -> Self {
        Self { practitioner: PRACTITIONER, by: CUSTODIAN, reach: Reach::OwnCharts, emergency: ID }
    }
}
impl Example for RightReinstated {
    fn example() -> Self {
        Self { practitioner: PRACTITIONER, by: CUSTODIAN, reach: Reach::OwnCharts }
    }
}
impl Example for Get {
    fn example() -> Self {
        Self { id: ID }
    }
}
impl Example for List {
    fn example() -> Self {
        Self {
            custodian: Some(CUSTODIAN),
            subject: None,
            practitioner: None,
            org: None,
            reviewed: Some(false),
            after: None,
            limit: Some(10),
        }
    }
}
impl Example for GetReviewers {
    fn example() -> Self {
        Self { org: CUSTODIAN }
    }
}
impl Example for GetRight {
    fn example() -> Self {
        Self { practitioner: PRACTITIONER, custodian: CUSTODIAN }
    }
}
