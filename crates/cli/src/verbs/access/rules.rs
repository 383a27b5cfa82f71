//! Decisions in words.

use epione_modules::consent::RuleId;
use serde_json::Value;

/// The rules that decided on a unit, in a sentence. A rule that this release does not know stands as it is.
pub(super) fn told(rules: &[Value]) -> String {
    let told = rules.iter().map(|rule| match serde_json::from_value::<RuleId>(rule.clone()) {
        Ok(rule) => sentence(&rule),
        Err(_later) => rule.to_string(),
    });
    told.collect::<Vec<_>>().join("; ")
}

fn sentence(rule: &RuleId) -> String {
    match rule {
        RuleId::Erased => "it was erased".to_owned(),
        RuleId::Withheld => "it is withheld: entered in error, or its patient was merged with another".to_owned(),
        RuleId::Locked => "the patient locked it, and no consent opens it".to_owned(),
        RuleId::Emergency(id) => format!("the emergency access {id}"),
        RuleId::Law(basis) => {
            let name = serde_json::to_value(basis).ok();
            let name = name.as_ref().and_then(Value::as_str).unwrap_or("the law");
            format!("required by law: {name}")
        }
        RuleId::Suspended => "a challenge suspended the requester for this purpose and patient".to_owned(),
        RuleId::Restriction(id) => format!("the mandatory restriction {id}"),
        RuleId::Part2 => "it is restricted, and no consent in the form of 42 CFR Part 2 permits it".to_owned(),
        RuleId::Consent { id, provision } => format!("provision {provision} of the consent {id}"),
        RuleId::Default(_) => "the default of the custodian's jurisdiction".to_owned(),
        RuleId::NoRelationship => "no relationship to the patient is on the ledger".to_owned(),
        RuleId::NoAgreement => "the custodian has no agreement with the organization for this purpose".to_owned(),
        RuleId::NoRule => "no rule permits it".to_owned(),
        RuleId::Custodian => "the custodian's own use or disclosure".to_owned(),
    }
}
