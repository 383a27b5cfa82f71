//! The examples in the documentation of [`decide`], each executed.

use super::facts::{
    ANN, BOB, CLINIC, EMERGENCY, HOSPITAL, LABORATORY, MANUFACTURER, PAYER, REGULATOR, RESTRICTION, label, now,
    plain_consent, plain_provision, plain_request, plain_restriction, plain_unit, some,
};
use crate::{
    consent::{
        ActiveConsent, AgreementTerms, ConsentStatus, Effect, Form, LegalBasis, PractitionerRole, Provision, Purpose,
        Quarters, Recipient, RequestFacts, RestrictionKind, RuleId, Rules, UnitFacts, UnitState, Validity, decide,
    },
    network::{DefaultRule, Defaults, OrganizationKind},
    subjects::Scope,
};
use epione_types::{AgreementId, ConsentId, DurationMs, List, OrgId, Quarter, SubjectId, UnixMs};

const SOURCE: &str = include_str!("../types/decide.rs");

/// What a word means for a purpose or recipient.
fn purpose(word: &str) -> Option<Purpose> {
    Purpose::ALL.iter().copied().find(|purpose| purpose.code() == word)
}

fn organization(word: &str) -> Option<(OrgId, OrganizationKind)> {
    Some(match word {
        "hospital" => (HOSPITAL, OrganizationKind::Hospital),
        "clinic" => (CLINIC, OrganizationKind::Clinic),
        "laboratory" => (LABORATORY, OrganizationKind::Laboratory),
        "payer" => (PAYER, OrganizationKind::Payer),
        "regulator" => (REGULATOR, OrganizationKind::Regulator),
        "manufacturer" => (MANUFACTURER, OrganizationKind::Manufacturer),
        _ => return None,
    })
}

fn recipient(word: &str) -> Option<Recipient> {
    Some(match word {
        "nurse" => Recipient::Role(PractitionerRole::Nurse),
        "ann" => Recipient::Person(ANN),
        "payer" => Recipient::Kind(OrganizationKind::Payer),
        _ => Recipient::Organization(organization(word)?.0),
    })
}

fn words(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(", ").filter(|words| *words != "–")
}

fn unit(cell: &str) -> UnitFacts {
    let mut unit = plain_unit();
    for word in words(cell) {
        match word {
            "erased" => unit.state = UnitState::Erased,
            "withheld" => unit.state = UnitState::Withheld,
            "restricted" => unit.restricted = true,
            "locked" => unit.locked = true,
            _ => panic!("no unit is `{word}`"),
        }
    }
    unit
}

fn request(cell: &str) -> RequestFacts {
    let mut request = plain_request();
    for word in words(cell) {
        match word {
            "emergency" => request.emergency = Some(EMERGENCY),
            "suspended" => request.suspended = true,
            "disclosure" => request.disclosure = true,
            "relationship" => request.relationship = true,
            "nurse" => request.role = Some(PractitionerRole::Nurse),
            "ann" => request.person = Some(ANN),
            "bob" => request.person = Some(BOB),
            _ => {
                if let Some(basis) = word.strip_prefix("law ") {
                    request.law = Some(basis_of(basis));
                } else if let Some((org, kind)) = organization(word) {
                    (request.org, request.org_kind) = (org, kind);
                } else {
                    request.purpose = purpose(word).unwrap_or_else(|| panic!("no request is `{word}`"));
                }
            }
        }
    }
    request
}

fn basis_of(name: &str) -> LegalBasis {
    serde_json::from_value(name.into()).unwrap()
}

/// `part2 permit TREAT > deny nurse`.
fn consent(text: &str, number: u8) -> ActiveConsent {
    let mut active =
        ActiveConsent { id: ConsentId([number; 16]), consent: plain_consent(), within: Scope::All, absorbed: false };
    let mut provisions: Vec<Provision> = Vec::new();
    let mut parent = None;
    for word in text.split_whitespace() {
        let last = u8::try_from(provisions.len()).unwrap().checked_sub(1);
        match (word, provisions.last_mut()) {
            (">", Some(_)) => parent = last,
            ("+", Some(provision)) => parent = provision.parent,
            ("permit", _) => provisions.push(Provision { parent, ..plain_provision(Effect::Permit) }),
            ("deny", _) => provisions.push(Provision { parent, ..plain_provision(Effect::Deny) }),
            (_, None) => prefix(word, &mut active),
            (_, Some(provision)) => part(word, provision),
        }
    }
    active.consent.provisions = List::new(provisions).unwrap();
    active
}

/// What stands before the first provision of a consent.
fn prefix(word: &str, active: &mut ActiveConsent) {
    let consent = &mut active.consent;
    match word {
        "part2" => consent.form = Some(Form::Part2),
        "lifts" => consent.lifts = some(vec![RESTRICTION]),
        "minor" => consent.scope = Scope::Only(some(vec![label(2)])),
        "hidden" => active.within = Scope::AllBut(some(vec![label(1)])),
        "revoked" => consent.status = ConsentStatus::Revoked,
        "other" => consent.subject = SubjectId([0xee; 16]),
        "absorbed" => {
            consent.subject = SubjectId([0xee; 16]);
            active.absorbed = true;
        }
        _ => panic!("no consent is `{word}`"),
    }
}

fn part(word: &str, provision: &mut Provision) {
    let quarter = |year| Quarter::new(year, 1).unwrap();
    match word {
        "restricted" => provision.restricted = true,
        "l1" => provision.labels.push(label(1)).unwrap(),
        "l2" => provision.labels.push(label(2)).unwrap(),
        "care-2020" => provision.care = Some(Quarters { from: quarter(2020), to: quarter(2021) }),
        "past" => provision.valid = Some(Validity { from: UnixMs(1), until: now() }),
        _ => match (purpose(word), recipient(word)) {
            (Some(purpose), _) => provision.purposes.push(purpose).unwrap(),
            (None, Some(recipient)) => provision.recipients.push(recipient).unwrap(),
            (None, None) => panic!("no provision has `{word}`"),
        },
    }
}

/// Restrictions, agreements and defaults.
#[derive(Default)]
struct Others {
    restrictions: Vec<(epione_types::RestrictionId, crate::consent::Restriction)>,
    agreements: Vec<AgreementTerms>,
    defaults: Defaults,
}

fn others(cell: &str, request: &RequestFacts) -> Others {
    let mut others = Others::default();
    for text in words(cell) {
        let words: Vec<&str> = text.split(' ').collect();
        match words.as_slice() {
            ["self-paid"] => {
                others.restrictions.push((RESTRICTION, plain_restriction(RestrictionKind::SelfPaid)));
            }
            ["objection", towards @ ..] => {
                let mut restriction = plain_restriction(RestrictionKind::Objection);
                restriction.towards = some(towards.iter().map(|word| recipient(word).unwrap()).collect());
                others.restrictions.push((RESTRICTION, restriction));
            }
            ["default", "treatment"] => others.defaults.treatment = DefaultRule::OptOut,
            ["default", "payment"] => others.defaults.payment = DefaultRule::OptOut,
            ["default", "operations"] => others.defaults.operations = DefaultRule::OptOut,
            ["agreement", code] => others.agreements.push(agreement(code, request, now().after(DurationMs(1)))),
            ["ended", "agreement", code] => others.agreements.push(agreement(code, request, now())),
            _ => panic!("no rule is `{text}`"),
        }
    }
    others
}

fn agreement(code: &str, request: &RequestFacts, until: UnixMs) -> AgreementTerms {
    let purposes = some(vec![purpose(code).unwrap()]);
    AgreementTerms { id: AgreementId([1; 16]), from: HOSPITAL, to: request.org, purposes, restricted: false, until }
}

/// `a.1` and other names of rules.
fn rule(rule: &RuleId) -> String {
    match rule {
        RuleId::Consent { id, provision } => format!("{}.{provision}", char::from(b'a'.saturating_add(id.0[0]))),
        RuleId::Emergency(_) => "emergency".to_owned(),
        RuleId::Law(_) => "law".to_owned(),
        RuleId::Restriction(_) => "restriction".to_owned(),
        RuleId::Default(_) => "default".to_owned(),
        RuleId::Erased
        | RuleId::Withheld
        | RuleId::Locked
        | RuleId::Suspended
        | RuleId::Part2
        | RuleId::NoRelationship
        | RuleId::NoAgreement
        | RuleId::NoRule
        | RuleId::Custodian => serde_json::to_value(rule).unwrap().as_str().unwrap().to_owned(),
    }
}

#[test]
fn every_line_of_the_table_is_true() {
    let table = SOURCE.lines().skip_while(|line| !line.starts_with("/// | step | unit |")).skip(2);
    let mut steps = Vec::new();
    for line in table.take_while(|line| line.starts_with("/// | ")) {
        let cells: Vec<&str> = line.trim_start_matches("/// | ").trim_end_matches(" |").split(" | ").collect();
        let [step, of_unit, of_request, of_consents, of_others, expected] = cells[..] else { panic!("{line}") };
        let (unit, request) = (unit(of_unit), request(of_request));
        let texts = of_consents.split(';').filter(|text| *text != "–").zip(0..);
        let consents: Vec<ActiveConsent> = texts.map(|(text, number)| consent(text, number)).collect();
        let Others { restrictions, agreements, defaults } = others(of_others, &request);
        let rules =
            Rules { consents: &consents, restrictions: &restrictions, agreements: &agreements, defaults: &defaults };
        let decision = decide(&unit, &request, &rules, now());
        let effect = if decision.is_permit() { "permit" } else { "deny" };
        let names: Vec<String> = decision.rules.iter().map(rule).collect();
        assert_eq!(format!("{effect}: {}", names.join(", ")), expected, "{line}");
        steps.push(step.parse::<u8>().unwrap());
    }
    let mut distinct = steps.clone();
    distinct.dedup();
    assert_eq!(distinct, (1..=11).collect::<Vec<u8>>(), "each step has examples, in order");
    assert!(steps.len() > 70, "{}", steps.len());
}

#[test]
fn a_decision_names_at_most_eight_rules() {
    let consents: Vec<ActiveConsent> = (0..10).map(|number| consent("permit", number)).collect();
    let defaults = Defaults::default();
    let rules = Rules { consents: &consents, restrictions: &[], agreements: &[], defaults: &defaults };
    let decision = decide(&plain_unit(), &plain_request(), &rules, now());
    assert!(decision.is_permit() && decision.rules.len() == 8);
}

#[test]
fn periods_end_where_they_say() {
    let (mut active, unit, request) = (consent("permit", 0), plain_unit(), plain_request());
    let mut provision = active.consent.provisions[0].clone();
    let (first, last) = (UnixMs(now().0 + 10), UnixMs(now().0 + 20));
    provision.valid = Some(Validity { from: first, until: last });
    provision.care = Some(Quarters { from: unit.care, to: unit.care });
    active.consent.provisions = some(vec![provision]);
    let consents = [active];
    let defaults = Defaults::default();
    let rules = Rules { consents: &consents, restrictions: &[], agreements: &[], defaults: &defaults };
    let permits = |at: UnixMs| decide(&unit, &request, &rules, at).is_permit();
    assert_eq!([UnixMs(first.0 - 1), first, UnixMs(last.0 - 1), last].map(permits), [false, true, true, false]);
}
