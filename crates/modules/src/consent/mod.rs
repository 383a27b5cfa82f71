//! Consent: what a patient permits and denies, and whether a request is permitted.

mod types;

pub use types::{
    ActiveConsent, AgreementTerms, Author, CONSENTS_MAX, Consent, ConsentStatus, Decision, Effect, Form,
    LABELS_TOTAL_MAX, LegalBasis, NoGenesis, PROVISIONS_MAX, PractitionerRole, Provision, Purpose, Quarters,
    RECIPIENTS_MAX, RECIPIENTS_TOTAL_MAX, RESTRICTIONS_MAX, RULES_MAX, Recipient, RequestFacts, Restriction,
    RestrictionKind, RuleId, Rules, UnitFacts, UnitState, Validity, decide,
};
