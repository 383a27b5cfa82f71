//! Who may: one pure function.

use crate::{
    consent::types::{
        ActiveConsent, ConsentStatus, Decision, Effect, Form, Provision, Purpose, RequestFacts, Restriction,
        RestrictionKind, RuleId, Rules, UnitFacts, UnitState,
        facts::RULES_MAX,
        provision::{Fit, PROVISIONS_MAX, Recipient, purposes_fit, recipients_fit},
    },
    network::{CoreUse, DefaultRule, OrganizationKind},
};
use epione_types::{List, RestrictionId, UnixMs};

/// Whether the request for the unit is permitted under the rules at block time `at`, and which rules decided. What cannot
/// be mapped denies.
///
/// The first of these steps that says something decides; each names the rules of its own step only.
///
/// | step | says | of locked units |
/// |------|------|-----------------|
/// | 1 | deny what was erased or is withheld | the same |
/// | 2 | permit emergency treatment under an emergency access in force | nothing |
/// | 3 | permit what the law requires: to a regulator, or as the custodian's own disclosure; of restricted units only under the exceptions of 42 CFR Part 2 | nothing |
/// | 4 | deny whom a challenge suspended | the same |
/// | 5 | deny by a mandatory restriction, unless a consent that names it permits the request; deny restricted units that no consent in the required form permits, but to the custodian itself | the same |
/// | 6 | deny if a consent denies | the same |
/// | 6 | – | TREAT, clinic, nurse | deny > permit clinic > deny ann | – | deny: a.2 |
/// | 7 | permit if a consent permits | the same |
/// | 8 | deny what is locked | the same |
/// | 9 | permit the custodian's own use for treatment, payment and operations; and its disclosure for payment to who cares or pays, of units that are not restricted | – |
/// | 10 | permit by the default of the jurisdiction: of units that are not restricted, with a relationship on the ledger and an agreement in force for the purpose | – |
/// | 11 | deny | – |
///
/// **Within a consent** a provision matches what all its parts match, and its parent. Where provisions that are exceptions
/// to it say something, they decide in its place; among exceptions to the same provision, and among provisions without
/// parent, deny overrides. A permit that does not reach a restricted unit says nothing of it. **Between consents** deny
/// overrides. A consent says nothing of units beyond the rights of its author, as they were when it was given and as they are.
///
/// Where a subject was merged into another, the denies of the first hold for the units of both, its permits for none: the
/// patient gives them anew.
///
/// **What cannot be told apart counts against access.** A request without practitioner or role may be for whom a deny
/// names; a request for a broad purpose may be for a narrower one that a deny names (but see [`Purpose::may_be`]). A permit
/// never covers such a request.
///
/// # Example
/// The unit has the label `l1`, care of `2026-Q1`, and is kept by the hospital. Within a consent `>` begins an exception to the
/// provision before it, `+` another one beside it; `;` begins another consent. `a.1` is provision 1 of the first consent,
/// counted from zero. A test executes every line.
///
/// | step | unit | request | consents | other rules | decision |
/// |------|------|---------|----------|-------------|----------|
/// | 1 | erased | ETREAT, clinic, emergency | permit | – | deny: erased |
/// | 1 | withheld | ETREAT, clinic, emergency | permit | – | deny: withheld |
/// | 2 | restricted | ETREAT, clinic, emergency | deny | objection | permit: emergency |
/// | 2 | – | BTG, clinic, emergency, suspended | – | – | permit: emergency |
/// | 3 | – | PUBHLTH, regulator, law public-health | deny | objection | permit: law |
/// | 3 | – | PUBHLTH, clinic, law child-abuse, disclosure | – | – | permit: law |
/// | 3 | restricted | PUBHLTH, regulator, law part2-child-abuse | – | – | permit: law |
/// | 3 | – | HLEGAL, regulator, law subpart-e-order, suspended | – | – | permit: law |
/// | 4 | – | TREAT, clinic, suspended | permit | – | deny: suspended |
/// | 5 | – | CLMATTCH, payer, disclosure | permit | self-paid | deny: restriction |
/// | 5 | – | CLMATTCH, payer | lifts permit TREAT | self-paid | deny: restriction |
/// | 5 | – | TREAT, clinic | permit | objection clinic | deny: restriction |
/// | 5 | – | TREAT, clinic | permit | objection nurse | deny: restriction |
/// | 5 | restricted | TREAT, clinic | permit restricted | – | deny: part2 |
/// | 5 | restricted | TREAT, clinic | part2 permit | – | deny: part2 |
/// | 5 | restricted | PUBHLTH, regulator, law child-abuse | – | – | deny: part2 |
/// | 5 | restricted | TREAT, clinic, relationship | – | default treatment, agreement TREAT | deny: part2 |
/// | 5 | restricted | CLMATTCH, payer, disclosure | – | – | deny: part2 |
/// | 6 | – | TREAT, clinic | permit; deny clinic | – | deny: b.0 |
/// | 6 | restricted | TREAT, clinic | part2 permit restricted; deny clinic | – | deny: b.0 |
/// | 6 | restricted | TREAT, clinic | part2 permit restricted; permit > deny clinic | – | deny: b.1 |
/// | 6 | – | TREAT, clinic | permit > deny clinic | – | deny: a.1 |
/// | 6 | – | TREAT, clinic, nurse | permit > permit clinic + deny nurse | – | deny: a.2 |
/// | 6 | – | TREAT, clinic | deny > permit nurse | – | deny: a.0 |
/// | 6 | – | TREAT, clinic | permit > deny nurse | – | deny: a.1 |
/// | 6 | – | TREAT, clinic | permit > deny ann | – | deny: a.1 |
/// | 6 | – | HOPERAT, clinic | permit HOPERAT > deny MLTRAINING | – | deny: a.1 |
/// | 6 | – | HOPERAT, clinic | deny MLTRAINING > permit clinic | – | deny: a.0 |
/// | 6 | – | TREAT, hospital, ann | deny ann | – | deny: a.0 |
/// | 6 | – | CLMATTCH, payer, disclosure | deny HPAYMT | – | deny: a.0 |
/// | 6 | – | TREAT, clinic, relationship | deny clinic | default treatment, agreement TREAT | deny: a.0 |
/// | 6 | – | TREAT, clinic | permit; absorbed deny l2 | – | deny: b.0 |
/// | 7 | – | TREAT, clinic | permit TREAT | – | permit: a.0 |
/// | 7 | – | COC, clinic | permit TREAT l1 clinic; permit | – | permit: a.0, b.0 |
/// | 7 | – | TREAT, laboratory | permit > deny clinic | – | permit: a.0 |
/// | 7 | – | TREAT, clinic, nurse | deny > permit nurse | – | permit: a.1 |
/// | 7 | – | TREAT, clinic, nurse, bob | deny > permit clinic > deny ann | – | permit: a.1 |
/// | 7 | – | HQUALIMP, clinic | permit HOPERAT > deny MLTRAINING | – | permit: a.0 |
/// | 7 | – | TREAT, clinic | permit TREAT > deny CLINTRL | – | permit: a.0 |
/// | 7 | – | CLMATTCH, payer, disclosure | permit > deny nurse | – | permit: a.0 |
/// | 7 | – | TREAT, clinic | permit | self-paid | permit: a.0 |
/// | 7 | – | CLMATTCH, payer | lifts permit HPAYMT | self-paid | permit: a.0 |
/// | 7 | – | TREAT, laboratory | permit | objection clinic | permit: a.0 |
/// | 7 | restricted | TREAT, clinic | part2 permit TREAT restricted | – | permit: a.0 |
/// | 7 | locked | TREAT, clinic | permit clinic | – | permit: a.0 |
/// | 8 | locked | ETREAT, clinic, emergency | – | – | deny: locked |
/// | 8 | locked | HLEGAL, regulator, law subpart-e-order | – | – | deny: locked |
/// | 8 | locked | TREAT, hospital | – | – | deny: locked |
/// | 8 | locked | TREAT, clinic, relationship | – | default treatment, agreement TREAT | deny: locked |
/// | 9 | – | TREAT, hospital | – | – | permit: custodian |
/// | 9 | restricted | TREAT, hospital | – | – | permit: custodian |
/// | 9 | – | CLMATTCH, payer, disclosure | – | – | permit: custodian |
/// | 10 | – | TREAT, clinic, relationship | – | default treatment, agreement TREAT | permit: default |
/// | 10 | – | REMITADV, payer, relationship | – | default payment, agreement HPAYMT | permit: default |
/// | 10 | – | TREAT, clinic | – | default treatment, agreement TREAT | deny: no-relationship |
/// | 10 | – | TREAT, clinic, relationship | – | default treatment | deny: no-agreement |
/// | 10 | – | TREAT, clinic, relationship | – | default treatment, agreement HPAYMT | deny: no-agreement |
/// | 10 | – | TREAT, clinic, relationship | – | default treatment, ended agreement TREAT | deny: no-agreement |
/// | 11 | – | TREAT, clinic, relationship | – | agreement TREAT | deny: no-rule |
/// | 11 | – | BTG, clinic, relationship | – | default treatment, agreement TREAT | deny: no-rule |
/// | 11 | – | MLTRAINING, clinic, relationship | – | default operations, agreement HOPERAT | deny: no-rule |
/// | 11 | – | TREAT, clinic, emergency | – | – | deny: no-rule |
/// | 11 | – | HLEGAL, clinic, law court-order | – | – | deny: no-rule |
/// | 11 | – | HRESCH, hospital | – | – | deny: no-rule |
/// | 11 | – | CLMATTCH, payer | – | – | deny: no-rule |
/// | 11 | – | CLMATTCH, manufacturer, disclosure | – | – | deny: no-rule |
/// | 11 | – | TREAT, clinic | permit l2; permit payer; permit HRESCH; permit care-2020; permit past | – | deny: no-rule |
/// | 11 | – | TREAT, clinic | permit nurse; permit ann | – | deny: no-rule |
/// | 11 | – | HRESCH, clinic | permit CLINTRCH | – | deny: no-rule |
/// | 11 | – | TREAT, clinic | minor permit; hidden permit; minor deny; hidden deny | – | deny: no-rule |
/// | 11 | – | TREAT, clinic | absorbed permit; revoked permit; other permit | – | deny: no-rule |
///
/// # Source
/// Order: 45 CFR 164.506, 164.512, 164.522(a)(1)(vi); 42 CFR 2.12, 2.31, 2.51, 2.53, 2.61. Provisions: HL7 FHIR R4, `Consent`.
#[must_use]
pub fn decide(unit: &UnitFacts, request: &RequestFacts, rules: &Rules<'_>, at: UnixMs) -> Decision {
    let case = Case { unit, request, at };
    if let Some(decision) = case.overriding() {
        return decision;
    }
    let wishes = case.wishes(rules.consents);
    case.mandatory(rules.restrictions, &wishes)
        .or_else(|| wishes.decision())
        .unwrap_or_else(|| case.without_wishes(rules))
}

/// What is decided.
#[derive(Clone, Copy)]
struct Case<'a> {
    unit: &'a UnitFacts,
    request: &'a RequestFacts,
    at: UnixMs,
}

/// What the consents say.
#[derive(Default)]
struct Wishes<'a> {
    denies: List<RuleId, RULES_MAX>,
    permits: List<RuleId, RULES_MAX>,
    /// The restrictions that a consent which permits the request names.
    lifted: Vec<&'a RestrictionId>,
}

impl Wishes<'_> {
    /// Steps 6 and 7.
    fn decision(&self) -> Option<Decision> {
        let of = |effect, rules: &List<RuleId, RULES_MAX>| Decision { effect, rules: rules.clone() };
        match (self.denies.is_empty(), self.permits.is_empty()) {
            (false, _) => Some(of(Effect::Deny, &self.denies)),
            (true, false) => Some(of(Effect::Permit, &self.permits)),
            (true, true) => None,
        }
    }
}

impl<'a> Case<'a> {
    /// Steps 1 to 4.
    fn overriding(self) -> Option<Decision> {
        let Self { unit, request, .. } = self;
        match unit.state {
            UnitState::Erased => return Some(Decision::by(Effect::Deny, RuleId::Erased)),
            UnitState::Withheld => return Some(Decision::by(Effect::Deny, RuleId::Withheld)),
            UnitState::Living => {}
        }
        if !unit.locked {
            let is_urgent = request.purpose.is_a(Purpose::Etreat) && !request.disclosure;
            if let Some(emergency) = request.emergency.filter(|_| is_urgent) {
                return Some(Decision::by(Effect::Permit, RuleId::Emergency(emergency)));
            }
            let may_claim = request.disclosure || request.org_kind == OrganizationKind::Regulator;
            let law = request.law.filter(|basis| may_claim && (!unit.restricted || basis.reaches_restricted()));
            if let Some(basis) = law {
                return Some(Decision::by(Effect::Permit, RuleId::Law(basis)));
            }
        }
        request.suspended.then(|| Decision::by(Effect::Deny, RuleId::Suspended))
    }

    /// Step 5.
    fn mandatory(self, restrictions: &[(RestrictionId, Restriction)], wishes: &Wishes<'_>) -> Option<Decision> {
        let mut rules = List::default();
        for (id, restriction) in restrictions {
            if self.is_restricted_by(restriction) && !wishes.lifted.contains(&id) {
                let _full = rules.push(RuleId::Restriction(*id));
            }
        }
        if !rules.is_empty() {
            return Some(Decision { effect: Effect::Deny, rules });
        }
        let is_closed = self.unit.restricted && wishes.permits.is_empty() && !self.is_own_use();
        is_closed.then(|| Decision::by(Effect::Deny, RuleId::Part2))
    }

    /// Steps 8 to 11.
    fn without_wishes(self, rules: &Rules<'_>) -> Decision {
        let Self { unit, request, at } = self;
        if unit.locked {
            return Decision::by(Effect::Deny, RuleId::Locked);
        }
        let core = request.purpose.core_use();
        if (self.is_own_use() && core.is_some()) || self.is_disclosure_for_payment() {
            return Decision::by(Effect::Permit, RuleId::Custodian);
        }
        let is_open = |core: &CoreUse| !unit.restricted && rules.defaults.get(*core) == DefaultRule::OptOut;
        let Some(core) = core.filter(is_open) else {
            return Decision::by(Effect::Deny, RuleId::NoRule);
        };
        if !request.relationship {
            return Decision::by(Effect::Deny, RuleId::NoRelationship);
        }
        let is_agreed = rules.agreements.iter().any(|agreement| {
            agreement.from == unit.custodian
                && agreement.to == request.org
                && at < agreement.until
                && agreement.purposes.iter().any(|purpose| request.purpose.is_a(*purpose))
        });
        if !is_agreed {
            return Decision::by(Effect::Deny, RuleId::NoAgreement);
        }
        Decision::by(Effect::Permit, RuleId::Default(core))
    }

    /// Whether the custodian asks for what it keeps.
    fn is_own_use(self) -> bool {
        self.request.org == self.unit.custodian && !self.request.disclosure
    }

    /// Whether the custodian discloses for payment what it may disclose without a default.
    fn is_disclosure_for_payment(self) -> bool {
        let cares_or_pays = matches!(
            self.request.org_kind,
            OrganizationKind::Hospital
                | OrganizationKind::Clinic
                | OrganizationKind::Laboratory
                | OrganizationKind::Pharmacy
                | OrganizationKind::Payer
        );
        let is_payment = self.request.purpose.core_use() == Some(CoreUse::Payment);
        self.request.disclosure && is_payment && cares_or_pays && !self.unit.restricted
    }

    /// Whether the restriction holds for the request.
    fn is_restricted_by(self, restriction: &Restriction) -> bool {
        const PAYERS: [Recipient; 1] = [Recipient::Kind(OrganizationKind::Payer)];
        let towards: &[Recipient] = match restriction.kind {
            RestrictionKind::SelfPaid if restriction.towards.is_empty() => &PAYERS,
            RestrictionKind::SelfPaid | RestrictionKind::Objection => &restriction.towards,
        };
        !restriction.lifted
            && (restriction.units.is_empty() || restriction.units.contains(&self.unit.id))
            && recipients_fit(towards, self.request) >= Fit::Maybe
    }

    /// What the consents say of the request.
    fn wishes(self, consents: &'a [ActiveConsent]) -> Wishes<'a> {
        let mut wishes = Wishes::default();
        for active in consents {
            let Some((effect, provision)) = self.wish(active) else { continue };
            let rule = RuleId::Consent { id: active.id, provision };
            // More than eight rules of one step need no names.
            let _full = match effect {
                Effect::Deny => wishes.denies.push(rule),
                Effect::Permit => {
                    wishes.lifted.extend(active.consent.lifts.iter());
                    wishes.permits.push(rule)
                }
            };
        }
        wishes
    }

    /// What one consent says of the request, and its provision that decides.
    fn wish(self, active: &ActiveConsent) -> Option<(Effect, u8)> {
        let consent = &active.consent;
        let is_of_subject = active.absorbed || consent.subject == self.unit.subject;
        let covers = |label| consent.scope.covers(label) && active.within.covers(label);
        // Under another subject the label of the unit had another tag.
        let is_in_reach = active.absorbed || covers(&self.unit.label);
        if consent.status != ConsentStatus::Active || !is_of_subject || !is_in_reach {
            return None;
        }
        // How the request fits each provision, its parents included; then what is said of it, from the innermost outwards.
        let mut fits = [Fit::No; PROVISIONS_MAX];
        for (at, provision) in consent.provisions.iter().enumerate() {
            let parent = match provision.parent.map(usize::from) {
                None => Fit::Yes,
                Some(parent) if parent < at => fits.get(parent).copied().unwrap_or(Fit::No),
                Some(_) => Fit::No,
            };
            if let (Some(place), true) = (fits.get_mut(at), parent > Fit::No) {
                *place = parent.min(self.fit(provision, active.absorbed));
            }
        }
        let mut exceptions = [None; PROVISIONS_MAX];
        let mut said = None;
        for (at, provision) in consent.provisions.iter().enumerate().rev() {
            let fit = fits.get(at).copied().unwrap_or(Fit::No);
            let own = || self.says(provision, fit, consent.form).then_some((provision.effect, u8::try_from(at).ok()?));
            let says = exceptions.get(at).copied().flatten().or_else(own);
            let around = match provision.parent {
                Some(parent) => exceptions.get_mut(usize::from(parent)),
                None => Some(&mut said),
            };
            if let Some(around) = around {
                *around = overriding(*around, says);
            }
        }
        said.filter(|(effect, _)| *effect == Effect::Deny || !active.absorbed)
    }

    /// Whether a provision that fits so says something of the request.
    fn says(self, provision: &Provision, fit: Fit, form: Option<Form>) -> bool {
        let reaches = !self.unit.restricted || (provision.restricted && form == Some(Form::Part2));
        match provision.effect {
            Effect::Deny => fit >= Fit::Maybe,
            Effect::Permit => fit == Fit::Yes && reaches,
        }
    }

    /// How the request fits the parts of a provision, of a consent under an absorbed subject or not.
    fn fit(self, provision: &Provision, absorbed: bool) -> Fit {
        let Self { unit, request, at } = self;
        let labels = match (provision.labels.is_empty(), absorbed) {
            (true, _) => Fit::Yes,
            (false, true) => Fit::Maybe,
            (false, false) => provision.labels.contains(&unit.label).into(),
        };
        let matches = labels > Fit::No
            && provision.care.is_none_or(|care| care.from <= unit.care && unit.care <= care.to)
            && provision.valid.is_none_or(|valid| valid.from <= at && at < valid.until);
        if !matches {
            return Fit::No;
        }
        let purposes = purposes_fit(&provision.purposes, request.purpose);
        labels.min(purposes).min(recipients_fit(&provision.recipients, request))
    }
}

/// Of two sayings beside each other deny overrides; of two that agree the first counts. They come from the last to the
/// first.
fn overriding(later: Option<(Effect, u8)>, earlier: Option<(Effect, u8)>) -> Option<(Effect, u8)> {
    match (later, earlier) {
        (Some((Effect::Deny, _)), Some((Effect::Permit, _))) | (_, None) => later,
        _ => earlier,
    }
}
