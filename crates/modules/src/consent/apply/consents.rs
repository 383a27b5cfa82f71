//! Consents: given, confirmed, amended, revoked.

use crate::{
    consent::{
        Amend, Confirm, Consents, Event, Grant, Reject, Revoke,
        api::{Confirmed, Granted, RevocationAsked, Revoked, Superseded},
        apply::{Standing, check_active, endorse, load_consent, load_restriction, load_subject, stand, stand_late},
        state::{CONSENTS, CONSENTS_OF},
        types::{Author, CONSENTS_MAX, Consent, ConsentStatus, Effect},
    },
    subjects::{Authority, RepresentativeRole, Scope, Subject},
};
use epione_kernel::{Ctx, Done, Signer, Stop};
use epione_types::{ConsentId, List, RestrictionId, SignerId, SubjectId};

/// Enters a consent by the right of the signer. It counts at once, unless it permits something and a second guardian must
/// agree. The identifier is the first half of the call's.
///
/// # Rejects
/// NoProvision, ProvisionInvalid, TooLarge, Part2Incomplete, UnknownSubject, UnknownRestriction, SubjectEnded, NotEntitled,
/// CustodianSuspended, OutOfScope, RestrictionLifted, TooManyConsents   (this order)
///
/// # Emits    Granted
/// # Laws     CONSENT-1, CONSENT-3, CONSENT-4
/// # Source   HL7 FHIR R4, `Consent`; 42 CFR 2.31; 45 CFR 164.508(c)
pub(in crate::consent) fn grant(ctx: &mut Ctx<'_, Consents>, by: &Signer, call: &Grant) -> Done<Consents> {
    let subject = load_subject(ctx, &call.subject)?;
    let lifts_any = lifts(ctx, (&call.subject, &subject), &call.lifts)?;
    check_active(&subject)?;
    let standing = stand(ctx, by, subject)?;
    let consent = Consent {
        subject: call.subject,
        author: standing.author(by),
        scope: standing.scope(),
        status: ConsentStatus::Active,
        version: 1,
        before: None,
        provisions: call.provisions.clone(),
        form: call.form,
        lifts: call.lifts.clone(),
        evidence: call.evidence,
        confirmed_by: List::default(),
        revoked_by: List::default(),
        granted_at: ctx.now(),
    };
    let widens = widens(&consent);
    standing.check_good_standing(by, widens)?;
    check_scope(&standing, &consent)?;
    if lifts_any == Lifts::Lifted {
        return Err(Reject::RestrictionLifted.into());
    }
    enter(ctx, &standing, consent, widens)
}

/// Enters a new version of a consent, by the same rules as a new one. It takes the place of the old one when it counts: at
/// once, unless a second guardian must agree to what permits more or denies less.
///
/// # Rejects
/// NoProvision, ProvisionInvalid, TooLarge, Part2Incomplete, UnknownConsent, UnknownRestriction, SubjectEnded, NotEntitled,
/// CustodianSuspended, OutOfScope, Ended, Unconfirmed, RestrictionLifted, TooManyConsents   (this order)
///
/// # Emits    Granted; Superseded if it counts at once
/// # Laws     CONSENT-1, CONSENT-2, CONSENT-3, CONSENT-4
pub(in crate::consent) fn amend(ctx: &mut Ctx<'_, Consents>, by: &Signer, call: &Amend) -> Done<Consents> {
    let (old, subject) = load_consent(ctx, &call.consent)?;
    let lifts_any = lifts(ctx, (&old.subject, &subject), &call.lifts)?;
    check_active(&subject)?;
    let standing = stand(ctx, by, subject)?;
    check_custody(&standing, &old)?;
    let new = Consent {
        subject: old.subject,
        author: standing.author(by),
        scope: standing.scope(),
        status: ConsentStatus::Active,
        version: old.version.saturating_add(1),
        before: Some(call.consent),
        provisions: call.provisions.clone(),
        form: call.form,
        lifts: call.lifts.clone(),
        evidence: call.evidence,
        confirmed_by: List::default(),
        revoked_by: List::default(),
        granted_at: ctx.now(),
    };
    // What the old one denies the new one may permit by its silence.
    let widens = widens(&new) || old.denies();
    standing.check_good_standing(by, widens)?;
    check_reach(&standing, &old)?;
    check_scope(&standing, &new)?;
    match old.status {
        ConsentStatus::Revoked | ConsentStatus::Superseded(_) => return Err(Reject::Ended.into()),
        ConsentStatus::Proposed => return Err(Reject::Unconfirmed.into()),
        ConsentStatus::Active => {}
    }
    if lifts_any == Lifts::Lifted {
        return Err(Reject::RestrictionLifted.into());
    }
    enter(ctx, &standing, new, widens)
}

/// Lets a consent that one of two guardians gave count, by the word of the other, or of the patient who is of age meanwhile.
///
/// # Rejects
/// UnknownConsent, SubjectEnded, NotEntitled, OutOfScope, Ended (also of what it amends), NotProposed, AlreadyGiven   (this
/// order)
///
/// # Emits    Confirmed; Superseded if it is an amendment
/// # Laws     CONSENT-1, CONSENT-2
pub(in crate::consent) fn confirm(ctx: &mut Ctx<'_, Consents>, by: &Signer, call: &Confirm) -> Done<Consents> {
    let id = call.consent;
    let (mut consent, subject) = load_consent(ctx, &id)?;
    check_active(&subject)?;
    let standing = stand(ctx, by, subject)?;
    let SignerId::Identity(signer) = by.id else {
        return Err(Reject::NotEntitled.into());
    };
    let is_fit = match &standing.authority {
        Authority::Patient(_) => true,
        Authority::Representative { role, .. } => *role == RepresentativeRole::Guardian,
        Authority::Custodian => false,
    };
    if !is_fit {
        return Err(Reject::NotEntitled.into());
    }
    check_reach(&standing, &consent)?;
    if !consent.is_open() {
        return Err(Reject::Ended.into());
    }
    if consent.status == ConsentStatus::Active {
        return Err(Reject::NotProposed.into());
    }
    let before = match consent.before {
        Some(before) => Some((before, still_active(ctx, &before)?)),
        None => None,
    };
    if consent.author == Author::Representative(signer) {
        return Err(Reject::AlreadyGiven.into());
    }
    // A proposal is confirmed once: the list of two has room.
    let _full = consent.confirmed_by.push(signer);
    consent.status = ConsentStatus::Active;
    CONSENTS.put(ctx, &id, &consent);
    ctx.emit(&Event::Confirmed(Confirmed { id, subject: consent.subject, by: signer }));
    match before {
        Some((before, old)) => supersede(ctx, before, old, id),
        None => Ok(()),
    }
}

/// Ends a consent. Of two guardians one can end what permits; what denies ends when both asked for it.
///
/// # Rejects
/// UnknownConsent, NotEntitled, CustodianSuspended, OutOfScope, Ended, AlreadyGiven   (this order)
///
/// # Emits    Revoked, or RevocationAsked while the other guardian has not asked
/// # Laws     CONSENT-1
/// # Source   GDPR art. 7(3); 45 CFR 164.508(b)(5); 42 CFR 2.31(a)(6)
pub(in crate::consent) fn revoke(ctx: &mut Ctx<'_, Consents>, by: &Signer, call: &Revoke) -> Done<Consents> {
    let id = call.consent;
    let (mut consent, subject) = load_consent(ctx, &id)?;
    let standing = stand_late(ctx, by, subject)?;
    check_custody(&standing, &consent)?;
    let widens = consent.denies() && consent.status == ConsentStatus::Active;
    standing.check_good_standing(by, widens)?;
    check_reach(&standing, &consent)?;
    if !consent.is_open() {
        return Err(Reject::Ended.into());
    }
    let subject = consent.subject;
    if let Some(guardian) = standing.one_of_two().filter(|_| widens)
        && !endorse(&mut consent.revoked_by, guardian)?
    {
        CONSENTS.put(ctx, &id, &consent);
        ctx.emit(&Event::RevocationAsked(RevocationAsked { id, subject, by: guardian }));
        return Ok(());
    }
    consent.status = ConsentStatus::Revoked;
    CONSENTS.put(ctx, &id, &consent);
    CONSENTS_OF.remove(ctx, &subject, &id)?;
    ctx.emit(&Event::Revoked(Revoked { id, subject, by: by.id }));
    Ok(())
}

/// Writes a new consent: active, or proposed if it widens access and a second guardian must agree.
fn enter(ctx: &mut Ctx<'_, Consents>, standing: &Standing, mut consent: Consent, widens: bool) -> Done<Consents> {
    let id = ConsentId(ctx.call_id().short());
    if widens && standing.authority.is_joint() {
        consent.status = ConsentStatus::Proposed;
    }
    let replaced = consent.before.filter(|_| consent.status == ConsentStatus::Active);
    if replaced.is_none() && CONSENTS_OF.len(ctx, &consent.subject)? >= CONSENTS_MAX {
        return Err(Reject::TooManyConsents.into());
    }
    CONSENTS.put(ctx, &id, &consent);
    ctx.emit(&Event::Granted(Granted { id, consent: Box::new(consent.clone()) }));
    if let Some(before) = replaced {
        let old = still_active(ctx, &before)?;
        supersede(ctx, before, old, id)?;
    }
    CONSENTS_OF.push(ctx, &consent.subject, id)?;
    Ok(())
}

/// The consent, if it still counts.
fn still_active(ctx: &Ctx<'_, Consents>, id: &ConsentId) -> Result<Consent, Stop<Reject>> {
    let found = CONSENTS.get(ctx, id)?.ok_or(Reject::UnknownConsent)?;
    if found.status == ConsentStatus::Active { Ok(found) } else { Err(Reject::Ended.into()) }
}

/// Ends a consent whose place another takes.
fn supersede(ctx: &mut Ctx<'_, Consents>, id: ConsentId, old: Consent, after: ConsentId) -> Done<Consents> {
    let subject = old.subject;
    CONSENTS.put(ctx, &id, &Consent { status: ConsentStatus::Superseded(after), ..old });
    CONSENTS_OF.remove(ctx, &subject, &id)?;
    ctx.emit(&Event::Superseded(Superseded { id, subject, after }));
    Ok(())
}

/// Whether the consent permits anything or lifts a restriction.
fn widens(consent: &Consent) -> bool {
    let permits = consent.provisions.iter().any(|provision| provision.effect == Effect::Permit);
    permits || !consent.lifts.is_empty()
}

/// Whether a restriction that a consent names was lifted for good.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lifts {
    InForce,
    Lifted,
}

/// The restrictions that a consent names exist.
fn lifts(
    ctx: &Ctx<'_, Consents>,
    subject: (&SubjectId, &Subject),
    ids: &[RestrictionId],
) -> Result<Lifts, Stop<Reject>> {
    let mut lifts = Lifts::InForce;
    for id in ids {
        if load_restriction(ctx, subject, id)?.lifted {
            lifts = Lifts::Lifted;
        }
    }
    Ok(lifts)
}

/// The labels that a consent names, and the restrictions that it lifts, are within the rights of the signer.
fn check_scope(standing: &Standing, consent: &Consent) -> Result<(), Reject> {
    let mut labels = consent.provisions.iter().flat_map(|provision| provision.labels.iter());
    let may_lift = consent.lifts.is_empty() || consent.scope == Scope::All;
    if may_lift && labels.all(|label| standing.authority.covers(label)) { Ok(()) } else { Err(Reject::OutOfScope) }
}

/// The custodian touches only what it attested.
fn check_custody(standing: &Standing, consent: &Consent) -> Result<(), Reject> {
    let is_attested = matches!(consent.author, Author::Attested(_));
    if standing.authority == Authority::Custodian && !is_attested { Err(Reject::NotEntitled) } else { Ok(()) }
}

/// The whole consent is within the rights of the signer, or its own.
fn check_reach(standing: &Standing, consent: &Consent) -> Result<(), Reject> {
    let is_own = match &standing.authority {
        Authority::Patient(_) => consent.author == Author::Holder,
        Authority::Representative { identity, .. } => consent.author == Author::Representative(*identity),
        Authority::Custodian => true,
    };
    if is_own || consent.scope.is_within(&standing.scope()) { Ok(()) } else { Err(Reject::OutOfScope) }
}
