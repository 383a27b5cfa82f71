//! What the members decided takes effect.

use crate::network::{
    Event, Network, Reject,
    api::{DefaultSet, Expelled, HaltPlanned, ParameterSet, Reinstated, RoleChanged, Suspended},
    apply::{admit, check_committee_without, claims},
    state::{self, CLAIMS, HALT, KEM_KEYS, ORGANIZATIONS, POLICIES, SCHEDULE, SETTINGS},
    types::{
        Change, CoreUse, DefaultRule, Halt, Jurisdiction, MEMBERS_MAX, Member, Organization, Parameter, Planned,
        Policies, Role, Status,
    },
};
use epione_kernel::{Ctx, Done, Missing, Stop};
use epione_types::{OrgId, ProposalId};

/// Whether the change could take effect now.
pub(super) fn check(ctx: &Ctx<'_, Network>, change: &Change) -> Result<(), Stop<Reject>> {
    match change {
        Change::Admit { member, .. } => check_admit(ctx, member),
        Change::ChangeRole { org, role } => check_role(ctx, &present(ctx, org)?, *role),
        Change::Suspend { org, .. } => {
            if present(ctx, org)?.status == Status::Suspended {
                Err(Reject::AlreadySuspended.into())
            } else {
                Ok(())
            }
        }
        Change::Reinstate { org } => {
            if present(ctx, org)?.status == Status::Suspended {
                Ok(())
            } else {
                Err(Reject::NotSuspended.into())
            }
        }
        Change::Expel { org, .. } => check_committee_without(ctx, &present(ctx, org)?),
        Change::SetParameter { parameter, value, height } => {
            check_parameter(ctx, Planned { parameter: *parameter, value: *value, height: *height })
        }
        Change::HaltAt { height, state_format, .. } => {
            check_height(ctx, *height)?;
            if *state_format > ctx.state_format() { Ok(()) } else { Err(Reject::FormatPassed.into()) }
        }
        Change::SetDefault { jurisdiction, of, rule } => {
            with_default(ctx, jurisdiction, *of, *rule).map(|_policies| ())
        }
    }
}

/// The organization, if it is a member.
fn present(ctx: &Ctx<'_, Network>, org: &OrgId) -> Result<Organization, Stop<Reject>> {
    let organization = ORGANIZATIONS.get(ctx, org)?.ok_or(Reject::UnknownOrganization)?;
    match organization.status {
        Status::Active | Status::Suspended => Ok(organization),
        Status::Left => Err(Reject::AlreadyLeft.into()),
    }
}

fn check_admit(ctx: &Ctx<'_, Network>, member: &Member) -> Result<(), Stop<Reject>> {
    for (_, key) in claims(member) {
        if CLAIMS.get(ctx, &key)?.is_some() {
            return Err(Reject::KeyTaken.into());
        }
    }
    if state::roster(ctx)?.len() >= MEMBERS_MAX { Err(Reject::RosterFull.into()) } else { Ok(()) }
}

fn check_role(ctx: &Ctx<'_, Network>, organization: &Organization, role: Role) -> Result<(), Stop<Reject>> {
    if organization.role == role {
        return Err(Reject::RoleUnchanged.into());
    }
    if role == Role::Validator && organization.keys.next_vote().is_none() {
        return Err(Reject::NoVoteKey.into());
    }
    check_committee_without(ctx, organization)
}

fn check_parameter(ctx: &Ctx<'_, Network>, planned: Planned) -> Result<(), Stop<Reject>> {
    let is_sound = if Parameter::FIRST.contains(&planned.parameter) {
        let schedule = SCHEDULE.get(ctx, &())?.unwrap_or_default();
        schedule.with(planned, ctx.height()).is_sound(ctx.is_demo())
    } else {
        planned.parameter.permits(planned.value, ctx.is_demo())
    };
    if is_sound { check_height(ctx, planned.height) } else { Err(Reject::OutOfRange.into()) }
}

fn set_parameter(ctx: &mut Ctx<'_, Network>, planned: Planned) -> Result<(), Missing> {
    let height = ctx.height();
    if Parameter::FIRST.contains(&planned.parameter) {
        let schedule = SCHEDULE.get(ctx, &())?.unwrap_or_default().with(planned, height);
        SCHEDULE.put(ctx, &(), &schedule);
    } else {
        let settings = state::settings(ctx)?.with(planned, height);
        SETTINGS.put(ctx, &(), &settings);
    }
    Ok(())
}

/// The defaults of all jurisdictions with a new one.
fn with_default(
    ctx: &Ctx<'_, Network>,
    jurisdiction: &Jurisdiction,
    of: CoreUse,
    rule: DefaultRule,
) -> Result<Policies, Stop<Reject>> {
    state::policies(ctx)?.with(jurisdiction, of, rule).ok_or(Stop::Reject(Reject::OutOfRange))
}

fn check_height(ctx: &Ctx<'_, Network>, height: u64) -> Result<(), Stop<Reject>> {
    if height > ctx.height() { Ok(()) } else { Err(Reject::HeightPassed.into()) }
}

/// Writes the change, which [`check`] found possible.
pub(super) fn enact(ctx: &mut Ctx<'_, Network>, id: &ProposalId, change: &Change) -> Done<Network> {
    let proposal = *id;
    match change {
        Change::Admit { member, .. } => admit(ctx, member, Some(proposal))?,
        Change::ChangeRole { org, role } => {
            let organization = present(ctx, org)?;
            let lost = *role == Role::Observer;
            write(ctx, org, &Organization { role: *role, lapses: lapses(&organization, lost), ..organization })?;
            ctx.emit(&Event::RoleChanged(RoleChanged { org: *org, role: *role, proposal }));
        }
        Change::Suspend { org, reason } => {
            let organization = present(ctx, org)?;
            let lapses = lapses(&organization, true);
            write(ctx, org, &Organization { status: Status::Suspended, lapses, ..organization })?;
            ctx.emit(&Event::Suspended(Suspended { org: *org, reason: *reason, proposal }));
        }
        Change::Reinstate { org } => {
            let organization = present(ctx, org)?;
            write(ctx, org, &Organization { status: Status::Active, ..organization })?;
            ctx.emit(&Event::Reinstated(Reinstated { org: *org, proposal }));
        }
        Change::Expel { org, reason } => {
            let organization = present(ctx, org)?;
            part(ctx, org, organization)?;
            ctx.emit(&Event::Expelled(Expelled { org: *org, reason: *reason, proposal }));
        }
        Change::SetParameter { parameter, value, height } => {
            let (parameter, value, height) = (*parameter, *value, *height);
            set_parameter(ctx, Planned { parameter, value, height })?;
            ctx.emit(&Event::ParameterSet(ParameterSet { parameter, value, height, proposal }));
        }
        Change::HaltAt { height, release, state_format } => {
            let (height, release, state_format) = (*height, release.clone(), *state_format);
            HALT.put(ctx, &(), &Halt { height, release: release.clone(), state_format });
            ctx.emit(&Event::HaltPlanned(HaltPlanned { height, release, state_format, proposal }));
        }
        Change::SetDefault { jurisdiction, of, rule } => {
            let policies = with_default(ctx, jurisdiction, *of, *rule)?;
            POLICIES.put(ctx, &(), &policies);
            let jurisdiction = jurisdiction.clone();
            ctx.emit(&Event::DefaultSet(DefaultSet { jurisdiction, of: *of, rule: *rule, proposal }));
        }
    }
    Ok(())
}

/// The organization's number of lapses, with one more if it has lost its vote.
const fn lapses(organization: &Organization, lost: bool) -> u32 {
    if lost { organization.lapses.saturating_add(1) } else { organization.lapses }
}

/// Writes that an organization is no longer a member. Its row and its keys stay: neither is ever used again.
pub(super) fn part(ctx: &mut Ctx<'_, Network>, org: &OrgId, organization: Organization) -> Done<Network> {
    write(ctx, org, &Organization { status: Status::Left, ..organization })?;
    KEM_KEYS.delete(ctx, org);
    Ok(())
}

fn write(ctx: &mut Ctx<'_, Network>, org: &OrgId, organization: &Organization) -> Done<Network> {
    if state::put(ctx, org, organization)? { Ok(()) } else { Err(Reject::RosterFull.into()) }
}
