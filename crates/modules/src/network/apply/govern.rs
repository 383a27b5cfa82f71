//! Proposals and votes.

use crate::network::{
    Event, Network, Propose, Reject, Vote, WithdrawProposal,
    api::{ProposalEnacted, ProposalWithdrawn, Proposed, Voted},
    apply::{enact, own},
    state::{self, BALLOTS, OPEN, OPEN_MAX, PROPOSALS},
    types::{Ballot, Change, Proposal, ProposalStatus, Roster, Seat, Tally},
};
use epione_kernel::{Ctx, Done, Signer, Stop, broken};
use epione_types::{DurationMs, List, OrgId, ProposalId};

/// Puts a change to the vote. A change that could not take effect now is refused at once.
///
/// # Rejects
/// KeyInvalid, KeysNotDistinct, VoteKeyMissing, SignatureInvalid, NotOrganization, NotEligible, TooManyOpen,
/// UnknownOrganization, AlreadyLeft, AlreadySuspended, NotSuspended, RoleUnchanged, NoVoteKey, KeyTaken, RosterFull,
/// TooFewValidators, OutOfRange, HeightPassed, FormatPassed   (this order)
///
/// # Emits    Proposed
/// # Laws     NETWORK-4, NETWORK-5
pub(in crate::network) fn propose(ctx: &mut Ctx<'_, Network>, by: &Signer, call: &Propose) -> Done<Network> {
    let (author, organization) = own(ctx, by)?;
    if !Seat::of(author, &organization).is_eligible() {
        return Err(Reject::NotEligible.into());
    }
    let now = ctx.now();
    let mut open = OPEN.get(ctx, &author)?.unwrap_or_default();
    open.retain(|(_, deadline)| *deadline >= now);
    if open.len() >= OPEN_MAX {
        return Err(Reject::TooManyOpen.into());
    }
    enact::check(ctx, &call.change)?;

    let id = ProposalId(ctx.call_id().short());
    let deadline = now.after(DurationMs(state::parameters(ctx, ctx.height())?.proposal_deadline_ms));
    let change = call.change.clone();
    let status = ProposalStatus::Open;
    let proposal = Proposal { author, change: change.clone(), proposed_at: now, deadline, status, enacted_by: None };
    open.push((id, deadline)).unwrap_or_else(|_full| broken("a list below its limit is full"));
    PROPOSALS.put(ctx, &id, &proposal);
    OPEN.put(ctx, &author, &open);
    ctx.schedule(deadline.after(DurationMs(1)), &id)?;
    ctx.emit(&Event::Proposed(Proposed { id, author, change, deadline }));
    Ok(())
}

/// Records the vote of a member. An approval with which more than two thirds of the electorate approve puts the change
/// into effect; where it has become impossible, this approval is refused with the reason.
///
/// # Rejects
/// NotOrganization, UnknownProposal, Closed, Expired, NotEligible; with the deciding vote those of the change:
/// UnknownOrganization, AlreadyLeft, AlreadySuspended, NotSuspended, RoleUnchanged, NoVoteKey, KeyTaken, RosterFull,
/// TooFewValidators, OutOfRange, HeightPassed, FormatPassed   (this order)
///
/// # Emits
/// Voted; with the deciding vote ProposalEnacted, then Admitted, RoleChanged, Suspended, Reinstated, Expelled,
/// ParameterSet or HaltPlanned
///
/// # Laws     NETWORK-2, NETWORK-4, NETWORK-8
pub(in crate::network) fn vote(ctx: &mut Ctx<'_, Network>, by: &Signer, call: &Vote) -> Done<Network> {
    let (org, organization) = own(ctx, by)?;
    let proposal = open(ctx, &call.proposal)?;
    let seat = Seat::of(org, &organization);
    if !can_vote(&seat, &proposal.change) {
        return Err(Reject::NotEligible.into());
    }
    let roster = state::roster(ctx)?;
    let ballots = BALLOTS.get(ctx, &call.proposal)?.unwrap_or_default().into_vec();
    let ballots = with(&roster, ballots, Ballot { org, approve: call.approve, lapses: seat.lapses });
    ctx.emit(&Event::Voted(Voted { proposal: call.proposal, org, approve: call.approve }));

    let tally = tally(&roster, &proposal.change, &ballots);
    let ballots = List::new(ballots).unwrap_or_else(|_more| broken("there are more votes than members"));
    BALLOTS.put(ctx, &call.proposal, &ballots);
    if call.approve && tally.decides() {
        enact::check(ctx, &proposal.change)?;
        close(ctx, &call.proposal, Proposal { enacted_by: Some(tally), ..proposal.clone() }, ProposalStatus::Enacted)?;
        let Tally { approvals, electorate } = tally;
        ctx.emit(&Event::ProposalEnacted(ProposalEnacted { proposal: call.proposal, approvals, electorate }));
        enact::enact(ctx, &call.proposal, &proposal.change)?;
    }
    Ok(())
}

/// Takes an open proposal back.
///
/// # Rejects  NotOrganization, UnknownProposal, NotAuthor, Closed, Expired   (this order)
/// # Emits    ProposalWithdrawn
pub(in crate::network) fn withdraw_proposal(
    ctx: &mut Ctx<'_, Network>,
    by: &Signer,
    call: &WithdrawProposal,
) -> Done<Network> {
    let (org, _) = own(ctx, by)?;
    let author = PROPOSALS.get(ctx, &call.proposal)?.ok_or(Reject::UnknownProposal)?.author;
    if author != org {
        return Err(Reject::NotAuthor.into());
    }
    let proposal = open(ctx, &call.proposal)?;
    close(ctx, &call.proposal, proposal, ProposalStatus::Withdrawn)?;
    ctx.emit(&Event::ProposalWithdrawn(ProposalWithdrawn { proposal: call.proposal }));
    Ok(())
}

/// The proposal, if it can still be voted on.
fn open(ctx: &Ctx<'_, Network>, id: &ProposalId) -> Result<Proposal, Stop<Reject>> {
    let proposal = PROPOSALS.get(ctx, id)?.ok_or(Reject::UnknownProposal)?;
    match proposal.status_at(ctx.now()) {
        ProposalStatus::Open => Ok(proposal),
        ProposalStatus::Enacted | ProposalStatus::Withdrawn => Err(Reject::Closed.into()),
        ProposalStatus::Expired => Err(Reject::Expired.into()),
    }
}

/// Ends a proposal and frees its place among the open ones of its author.
fn close(ctx: &mut Ctx<'_, Network>, id: &ProposalId, proposal: Proposal, status: ProposalStatus) -> Done<Network> {
    let author = proposal.author;
    PROPOSALS.put(ctx, id, &Proposal { status, ..proposal });
    let mut open = OPEN.get(ctx, &author)?.unwrap_or_default();
    open.retain(|(other, _)| other != id);
    if open.is_empty() {
        OPEN.delete(ctx, &author);
    } else {
        OPEN.put(ctx, &author, &open);
    }
    Ok(())
}

/// Whether the member in `seat` can vote on `change`: an active member or validator, and not the one it is about.
fn can_vote(seat: &Seat, change: &Change) -> bool {
    seat.is_eligible() && change.subject() != Some(&seat.org)
}

/// The ballots with one more, in place of an earlier one of the same member. Ballots of those who have no seat any more
/// are dropped, so that there are never more than members.
fn with(roster: &Roster, ballots: Vec<Ballot>, new: Ballot) -> Vec<Ballot> {
    let is_seated = |org: &OrgId| roster.binary_search_by_key(org, |seat| seat.org).is_ok();
    let stays = |ballot: &Ballot| ballot.org != new.org && is_seated(&ballot.org);
    let mut ballots: Vec<Ballot> = ballots.into_iter().filter(stays).collect();
    ballots.push(new);
    ballots
}

/// Counts now: of all members and validators, the subject included, more than two thirds must approve. The suspended are
/// among them if the change decides who votes, else they are not. Who cannot vote now does not approve, and a vote from
/// before its member's last lapse is none.
pub(in crate::network) fn tally(roster: &Roster, change: &Change, ballots: &[Ballot]) -> Tally {
    let approves = |seat: &Seat| {
        let is_valid = |ballot: &Ballot| ballot.org == seat.org && ballot.lapses == seat.lapses && ballot.approve;
        can_vote(seat, change) && ballots.iter().any(is_valid)
    };
    let (mut approvals, mut electorate) = (0_u32, 0_u32);
    for seat in roster.iter().filter(|seat| seat.is_member()) {
        electorate = electorate.saturating_add(u32::from(seat.is_active() || change.moves_votes()));
        approvals = approvals.saturating_add(u32::from(approves(seat)));
    }
    Tally { approvals, electorate }
}
