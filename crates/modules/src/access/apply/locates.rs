//! Searches for charts, and relations to patients.

use crate::{
    access::{
        Access, AnswerLocate, EndRelation, Event, LocateChart, Reject, Relate,
        api::{LocateAnswered, Located, Related, RelationEnded},
        apply::{acts_for, member, requester, search, spend},
        state::{LOCATES, RELATIONS},
        types::{Counted, Locate, LocateAnswer, RELATION_QUARTERS_MAX, Relation, quarters_after},
    },
    emergency,
    network::{self, Parameter},
    subjects::{self, Subject},
};
use epione_kernel::{Ctx, Done, Signer, Stop};
use epione_types::{DurationMs, LocateId, Quarter, SubjectId};

/// Enters a search for the chart of a patient at one custodian, for as long as the parameter `grant-ms` says. Its identifier is
/// the first half of the call's. Locating is a disclosure: it is signed, counted and entered before the custodian answers.
///
/// # Rejects
/// RelationshipMissing, NotRequester, UnknownOrganization, OrganizationSuspended, EmergencyNotInForce,
/// QuotaExceeded   (this order)
///
/// # Emits    Located
/// # Source   design §5 "Find"
pub(in crate::access) fn locate(ctx: &mut Ctx<'_, Access>, by: &Signer, call: &LocateChart) -> Done<Access> {
    let person = requester(ctx, by)?;
    if member(ctx, &call.custodian)?.is_none() {
        return Err(Reject::UnknownOrganization.into());
    }
    if by.rights.suspended && call.emergency.is_none() {
        return Err(Reject::OrganizationSuspended.into());
    }
    if let Some(emergency) = &call.emergency
        && !emergency::in_force_at(ctx, emergency, &person, &call.custodian, ctx.now())?
    {
        return Err(Reject::EmergencyNotInForce.into());
    }
    let org = by.rights.org;
    spend(ctx, Counted::Locates, (Some(person), org), (1, call.emergency.is_some()))?;
    let id = LocateId(ctx.call_id().short());
    let lasts = network::settings(ctx)?.get(Parameter::GrantMs, ctx.height());
    let locate = Locate {
        org,
        person,
        custodian: call.custodian,
        purpose: call.purpose,
        query: call.query,
        relationship: call.relationship,
        emergency: call.emergency,
        located_at: ctx.now(),
        expires_at: ctx.now().after(DurationMs(lasts)),
        answer: None,
    };
    LOCATES.put(ctx, &id, &locate);
    let Locate { custodian, purpose, query, relationship, emergency, expires_at, .. } = locate;
    ctx.emit(&Event::Located(Located {
        id,
        org,
        person,
        custodian,
        purpose,
        query,
        relationship,
        emergency,
        expires_at,
    }));
    Ok(())
}

/// Commits to the custodian's answer, whatever it is: a match, none, and a refusal look alike.
///
/// # Rejects  UnknownLocate, NotCustodian, AlreadyAnswered   (this order)
/// # Emits    LocateAnswered
pub(in crate::access) fn answer_locate(ctx: &mut Ctx<'_, Access>, by: &Signer, call: &AnswerLocate) -> Done<Access> {
    let (id, answer) = (call.locate, call.answer);
    let mut locate = search(ctx, &id)?;
    if !acts_for(ctx, by, &locate.custodian)? {
        return Err(Reject::NotCustodian.into());
    }
    if locate.answer.is_some() {
        return Err(Reject::AlreadyAnswered.into());
    }
    locate.answer = Some(LocateAnswer { answer, at: ctx.now() });
    LOCATES.put(ctx, &id, &locate);
    ctx.emit(&Event::LocateAnswered(LocateAnswered { id, answer }));
    Ok(())
}

/// Enters that an organization has to do with a patient. The custodian says so of whom it knows to care or pay; another
/// organization of itself alone, after a search that was answered, with the relationship to whose evidence it committed in
/// that search: the challenge of its purpose asks for that evidence.
///
/// # Rejects
/// UnknownOrganization, UnknownSubject, UnknownLocate, NotCustodian, LocateUnfit, TermInvalid   (this order)
///
/// # Emits    Related
/// # Laws     ACCESS-6
pub(in crate::access) fn relate(ctx: &mut Ctx<'_, Access>, by: &Signer, call: &Relate) -> Done<Access> {
    if member(ctx, &call.org)?.is_none() {
        return Err(Reject::UnknownOrganization.into());
    }
    let subject = patient(ctx, &call.subject)?;
    let locate = match &call.locate {
        Some(id) => Some(search(ctx, id)?),
        None => None,
    };
    let is_custodian = acts_for(ctx, by, &subject.custodian)?;
    if !is_custodian && !acts_for(ctx, by, &call.org)? {
        return Err(Reject::NotCustodian.into());
    }
    if !is_custodian {
        let is_fit = locate.is_some_and(|locate| {
            (locate.org, locate.custodian) == (call.org, subject.custodian)
                && locate.relationship == Some(call.relationship)
                && locate.answer.is_some()
                && ctx.now() < locate.expires_at
        });
        if !is_fit {
            return Err(Reject::LocateUnfit.into());
        }
    }
    if quarters_after(call.until, Quarter::of(ctx.now())).is_none_or(|ahead| ahead > RELATION_QUARTERS_MAX) {
        return Err(Reject::TermInvalid.into());
    }
    let key = (call.subject, call.org);
    let mut relations = RELATIONS.get(ctx, &key)?.unwrap_or_default();
    relations.retain(|known| known.relationship.kind != call.relationship.kind);
    let relation = Relation { relationship: call.relationship, by: by.id, until: call.until };
    if relations.push(relation).is_err() {
        epione_kernel::broken("there are more relations than kinds");
    }
    RELATIONS.put(ctx, &key, &relations);
    let Relate { subject, org, relationship, until, .. } = *call;
    ctx.emit(&Event::Related(Related { subject, org, relationship, by: by.id, until }));
    Ok(())
}

/// Ends a relation: what rested on it is no longer released.
///
/// # Rejects  UnknownSubject, UnknownRelation, NotCustodian   (this order)
/// # Emits    RelationEnded
pub(in crate::access) fn end_relation(ctx: &mut Ctx<'_, Access>, by: &Signer, call: &EndRelation) -> Done<Access> {
    let EndRelation { subject, org, kind } = *call;
    let patient = patient(ctx, &subject)?;
    let key = (subject, org);
    let mut relations = RELATIONS.get(ctx, &key)?.unwrap_or_default();
    if !relations.iter().any(|known| known.relationship.kind == kind) {
        return Err(Reject::UnknownRelation.into());
    }
    if !acts_for(ctx, by, &patient.custodian)? && !acts_for(ctx, by, &org)? {
        return Err(Reject::NotCustodian.into());
    }
    relations.retain(|known| known.relationship.kind != kind);
    if relations.is_empty() {
        RELATIONS.delete(ctx, &key);
    } else {
        RELATIONS.put(ctx, &key, &relations);
    }
    ctx.emit(&Event::RelationEnded(RelationEnded { subject, org, kind, by: by.id }));
    Ok(())
}

/// The patient.
fn patient(ctx: &Ctx<'_, Access>, id: &SubjectId) -> Result<Subject, Stop<Reject>> {
    Ok(subjects::subject(ctx, id)?.ok_or(Reject::UnknownSubject)?)
}
