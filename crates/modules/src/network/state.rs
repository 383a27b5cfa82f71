//! Tables of the network, and what other modules and the node may read.

use crate::network::{
    Call, Network,
    types::{
        Ballots, Halt, HostPort, KemKey, NewKey, Organization, Parameters, Policies, Proposal, Purpose, Roster,
        Schedule, Seat, Settings, Status, VALIDATORS_MIN,
    },
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_kernel::{Ctx, KeySet, Missing, Reads, Rights, Standing, Table, View};
use epione_types::{Committee, Hash, List, OrgId, ProposalId, PublicKey, SignerId, Tenure, UnixMs};

pub(super) const ORGANIZATIONS: Table<Network, OrgId, Organization> = Table::new(1, "organizations");
pub(super) const KEM_KEYS: Table<Network, OrgId, KemKey> = Table::new(2, "kem_keys");
pub(super) const CLAIMS: Table<Network, ClaimedKey, KeyUse> = Table::new(3, "claims");
pub(super) const ROSTER: Table<Network, (), Roster> = Table::new(4, "roster");
pub(super) const PROPOSALS: Table<Network, ProposalId, Proposal> = Table::new(5, "proposals");
pub(super) const BALLOTS: Table<Network, ProposalId, Ballots> = Table::new(6, "ballots");
pub(super) const OPEN: Table<Network, OrgId, OpenProposals> = Table::new(7, "open");
pub(super) const SCHEDULE: Table<Network, (), Schedule> = Table::new(8, "schedule");
pub(super) const HALT: Table<Network, (), Halt> = Table::new(9, "halt");
/// The epoch with which the committee of the headers took office.
pub(super) const COMMITTEE: Table<Network, (), u64> = Table::new(10, "committee");
/// Every committee there ever was, by the epoch with which it took office.
pub(super) const TERMS: Table<Network, u64, Term> = Table::new(11, "terms");

/// The values of later parameters on which the members decided.
pub(super) const SETTINGS: Table<Network, (), Settings> = Table::new(12, "settings");
/// The defaults of jurisdictions on which the members decided.
pub(super) const POLICIES: Table<Network, (), Policies> = Table::new(13, "policies");

/// Most committees that are read at once.
pub(super) const TENURES_PAGE: usize = 64;

/// Most open proposals of one author.
pub(super) const OPEN_MAX: usize = 8;

/// The open proposals of an author with their deadlines.
pub(super) type OpenProposals = List<(ProposalId, UnixMs), OPEN_MAX>;

/// A committee, and the epoch with which the one before it took office.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Term {
    pub(super) committee: Committee,
    pub(super) before: Option<u64>,
}

/// A key that is or was in use. Its row stays for ever, so that a retired key is never accepted again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum ClaimedKey {
    /// A key that signs.
    Signing(PublicKey),
    /// SHA-256 of a TLS public key.
    Tls(Hash),
    /// SHA-256 of a KEM key.
    Kem(Hash),
}

impl ClaimedKey {
    /// The KEM key, by its hash.
    #[must_use]
    pub fn kem(key: &KemKey) -> Self {
        Self::Kem(Hash::sha256(&[&key.key.0[..]]))
    }

    pub(super) fn of(new: &NewKey) -> Self {
        match new {
            NewKey::Root(proof) | NewKey::Operations(proof) | NewKey::Vote(proof) | NewKey::Receipt(proof) => {
                Self::Signing(proof.key())
            }
            NewKey::Tls(hash) => Self::Tls(*hash),
            NewKey::Kem(key) => Self::kem(key),
        }
    }
}

/// Whose key it is or was, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeyUse {
    /// The organization or identity.
    pub owner: SignerId,
    /// What it is for.
    pub purpose: Purpose,
}

/// The organization with this identifier, whatever its status.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn organization(from: &impl Reads, id: &OrgId) -> Result<Option<Organization>, Missing> {
    ORGANIZATIONS.get(from, id)
}

/// Where an organization stands in its life; none if there never was one.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn member_status(from: &impl Reads, id: &OrgId) -> Result<Option<Status>, Missing> {
    Ok(ORGANIZATIONS.get(from, id)?.map(|organization| organization.status))
}

/// The KEM key of an organization.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn kem_key(from: &impl Reads, id: &OrgId) -> Result<Option<KemKey>, Missing> {
    KEM_KEYS.get(from, id)
}

/// The parameters in force at `height`, which is not below that of the state.
///
/// # Errors
/// [`Missing`] if their row is not loaded.
pub fn parameters(from: &impl Reads, height: u64) -> Result<Parameters, Missing> {
    Ok(SCHEDULE.get(from, &())?.unwrap_or_default().at(height))
}

/// The values of the parameters that do not stand in the genesis.
///
/// # Errors
/// [`Missing`] if their row is not loaded.
pub fn settings(from: &impl Reads) -> Result<Settings, Missing> {
    Ok(SETTINGS.get(from, &())?.unwrap_or_default())
}

/// Adds the row that [`settings`] reads.
pub fn settings_reads(keys: &mut KeySet) {
    keys.add(&SETTINGS, &());
}

/// What holds in each jurisdiction where neither a consent nor a duty decides.
///
/// # Errors
/// [`Missing`] if their row is not loaded.
pub fn policies(from: &impl Reads) -> Result<Policies, Missing> {
    Ok(POLICIES.get(from, &())?.unwrap_or_default())
}

/// Puts a KEM key of the next period into the place of the one before; false if it was in use before, by anybody, or is not
/// of the next period. For the module that has all shares sealed again.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn begin_kem_period(ctx: &mut Ctx<'_, Network>, org: &OrgId, key: &KemKey) -> Result<bool, Missing> {
    let next = KEM_KEYS.get(ctx, org)?.map_or(0, |before| before.period.saturating_add(1));
    let owner = SignerId::Organization(*org);
    if key.period != next || !claim(ctx, &ClaimedKey::kem(key), KeyUse { owner, purpose: Purpose::Kem })? {
        return Ok(false);
    }
    KEM_KEYS.put(ctx, org, key);
    Ok(true)
}

/// Adds the row that [`kem_key`] reads.
pub fn kem_reads(org: &OrgId, keys: &mut KeySet) {
    keys.add(&KEM_KEYS, org);
}

/// Where the chain stops to continue under another release, if that was decided.
///
/// # Errors
/// [`Missing`] if the row is not loaded.
pub fn halt(from: &impl Reads) -> Result<Option<Halt>, Missing> {
    HALT.get(from, &())
}

/// The committee of the next block: in the last block of an epoch already that of the epoch to come. Empty before the
/// genesis.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn committee(from: &impl Reads) -> Result<Committee, Missing> {
    let term = match COMMITTEE.get(from, &())? {
        Some(since) => TERMS.get(from, &since)?,
        None => None,
    };
    Ok(term.map_or_else(|| Committee { keys: List::default() }, |term| term.committee))
}

/// All committees since the genesis, in the order in which they took office; the last one is [`committee`].
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn tenures(from: &impl Reads) -> Result<Vec<Tenure>, Missing> {
    let (mut tenures, mut before) = tenures_until(from, None)?;
    while let Some(last) = before {
        let (mut earlier, next) = tenures_until(from, Some(last))?;
        earlier.append(&mut tenures);
        (tenures, before) = (earlier, next);
    }
    Ok(tenures)
}

/// Committees in the order in which they took office, at most [`TENURES_PAGE`]: up to the one that did with epoch `last`, or
/// to that of now; and with which epoch the one before them did. Each says only which one came before it: who loads rows one
/// after the other, and begins to read again each time, reads page by page.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn tenures_until(from: &impl Reads, last: Option<u64>) -> Result<(Vec<Tenure>, Option<u64>), Missing> {
    let mut tenures = Vec::new();
    let mut since = match last {
        Some(last) => Some(last),
        None => COMMITTEE.get(from, &())?,
    };
    while let Some(since_epoch) = since.filter(|_| tenures.len() < TENURES_PAGE) {
        let Some(Term { committee, before }) = TERMS.get(from, &since_epoch)? else { break };
        tenures.push(Tenure { since_epoch, committee });
        since = before;
    }
    tenures.reverse();
    Ok((tenures, since))
}

/// Puts a committee into office with `epoch`.
pub(super) fn seat(ctx: &mut Ctx<'_, Network>, epoch: u64, committee: Committee) -> Result<(), Missing> {
    let before = COMMITTEE.get(ctx, &())?;
    TERMS.put(ctx, &epoch, &Term { committee, before });
    COMMITTEE.put(ctx, &(), &epoch);
    Ok(())
}

/// The committee to which the decisions of the members lead, ascending: the vote keys of the active validators, or of all
/// validators if fewer than four are active. To be read at a border of epochs, for the epoch that begins; a vote key that
/// awaits the border stands in it in place of the one before.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn next_committee(from: &impl Reads) -> Result<Committee, Missing> {
    let roster = roster(from)?;
    let active = roster.iter().filter(|seat| seat.is_validator() && seat.is_active()).count();
    let is_seated = |seat: &&Seat| seat.is_validator() && (seat.is_active() || active < VALIDATORS_MIN);
    let mut keys = Vec::new();
    for seat in roster.iter().filter(is_seated) {
        keys.extend(ORGANIZATIONS.get(from, &seat.org)?.and_then(|organization| organization.keys.next_vote()));
    }
    keys.sort_unstable();
    let keys = List::new(keys).unwrap_or_else(|_more| epione_kernel::broken("the roster is larger than a committee"));
    Ok(Committee { keys })
}

/// Everybody who has not left, ascending: what a node walks to find the others.
///
/// # Errors
/// [`Missing`] if the roster is not loaded.
pub fn members(from: &impl Reads) -> Result<Vec<OrgId>, Missing> {
    Ok(roster(from)?.iter().map(|seat| seat.org).collect())
}

/// The members that can vote: active members and validators, ascending.
///
/// # Errors
/// [`Missing`] if the roster is not loaded.
pub fn voters(from: &impl Reads) -> Result<Vec<OrgId>, Missing> {
    Ok(roster(from)?.iter().filter(|seat| seat.is_eligible()).map(|seat| seat.org).collect())
}

/// Adds the row that [`voters`] and [`members`] read.
pub fn voters_reads(keys: &mut KeySet) {
    keys.add(&ROSTER, &());
}

/// The nodes of everybody who has not left: each key with which one may show itself to the others, and where it listens.
/// While a vote key awaits the border of epochs, both it and the one before are among them; so is every key of the
/// committee in office, whatever its organization decided or became since: it votes until the epoch ends.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn nodes(from: &impl Reads) -> Result<Vec<(PublicKey, HostPort)>, Missing> {
    let mut nodes = Vec::new();
    for seat in roster(from)?.iter() {
        let Some(organization) = ORGANIZATIONS.get(from, &seat.org)? else { continue };
        let Some(address) = organization.addresses.consensus else { continue };
        let keys = [organization.keys.vote, organization.keys.pending_vote];
        nodes.extend(keys.into_iter().flatten().map(|key| (key, address.clone())));
    }
    for key in committee(from)?.keys.iter() {
        if nodes.iter().any(|(known, _)| known == key) {
            continue;
        }
        let Some(KeyUse { owner: SignerId::Organization(org), .. }) = key_use(from, &ClaimedKey::Signing(*key))? else {
            continue;
        };
        let address = ORGANIZATIONS.get(from, &org)?.and_then(|organization| organization.addresses.consensus);
        nodes.extend(address.map(|address| (*key, address)));
    }
    Ok(nodes)
}

/// Whose key it is or was; none if it was never in use.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn key_use(from: &impl Reads, key: &ClaimedKey) -> Result<Option<KeyUse>, Missing> {
    CLAIMS.get(from, key)
}

/// Registers a key for ever, if it never was in use; whether it was free. For modules that register signers.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn claim(ctx: &mut Ctx<'_, Network>, key: &ClaimedKey, by: KeyUse) -> Result<bool, Missing> {
    let free = CLAIMS.get(ctx, key)?.is_none();
    if free {
        CLAIMS.put(ctx, key, &by);
    }
    Ok(free)
}

/// Adds the row that [`claim`] reads.
pub fn claim_reads(key: &ClaimedKey, keys: &mut KeySet) {
    keys.add(&CLAIMS, key);
}

/// Adds the rows that [`member_status`] and [`parameters`] read.
pub fn status_reads(org: &OrgId, keys: &mut KeySet) {
    keys.add(&ORGANIZATIONS, org);
    keys.add(&SCHEDULE, &());
}

pub(super) fn roster(from: &impl Reads) -> Result<Roster, Missing> {
    Ok(ROSTER.get(from, &())?.unwrap_or_default())
}

/// Writes an organization and its seat in the roster. Who has left has no seat; false if there is none free.
pub(super) fn put(ctx: &mut Ctx<'_, Network>, org: &OrgId, organization: &Organization) -> Result<bool, Missing> {
    let mut seats = roster(ctx)?.into_vec();
    let seat = Seat::of(*org, organization);
    match (seats.binary_search_by_key(org, |seat| seat.org), seat.status) {
        (Ok(at), Status::Left) => drop(seats.remove(at)),
        (Ok(at), Status::Active | Status::Suspended) => seats.iter_mut().skip(at).take(1).for_each(|old| *old = seat),
        (Err(at), Status::Active | Status::Suspended) => seats.insert(at, seat),
        (Err(_), Status::Left) => {}
    }
    let Ok(seats) = List::new(seats) else {
        return Ok(false);
    };
    ROSTER.put(ctx, &(), &seats);
    ORGANIZATIONS.put(ctx, org, organization);
    Ok(true)
}

/// What the network knows of a signer: organizations by their operations and root keys.
pub(super) fn standing(view: View<'_>, signer: &SignerId, key: &PublicKey) -> Result<Standing, Missing> {
    let SignerId::Organization(org) = signer else {
        return Ok(Standing::Unknown);
    };
    let Some(found) = ORGANIZATIONS.get(&view, org)? else {
        return Ok(Standing::Unknown);
    };
    let root = *key == found.keys.root;
    if found.status == Status::Left || !(root || *key == found.keys.operations) {
        return Ok(Standing::WrongKey);
    }
    Ok(Standing::Active(Rights { org: *org, root, suspended: found.status == Status::Suspended }))
}

pub(super) fn standing_reads(signer: &SignerId, keys: &mut KeySet) {
    if let SignerId::Organization(org) = signer {
        keys.add(&ORGANIZATIONS, org);
    }
}

pub(super) fn reads(by: &SignerId, call: &Call, keys: &mut KeySet) {
    if let SignerId::Organization(org) = by {
        keys.add(&ORGANIZATIONS, org);
        if matches!(call, Call::Propose(_)) {
            keys.add(&OPEN, org);
        }
    }
    match call {
        Call::Propose(_) => {
            keys.add(&ROSTER, &());
            keys.add(&SCHEDULE, &());
        }
        Call::Vote(call) => {
            keys.add(&ROSTER, &());
            keys.add(&PROPOSALS, &call.proposal);
            keys.add(&BALLOTS, &call.proposal);
        }
        Call::WithdrawProposal(call) => keys.add(&PROPOSALS, &call.proposal),
        Call::RotateKey(call) => {
            keys.add(&CLAIMS, &ClaimedKey::of(&call.key));
            if matches!(call.key, NewKey::Vote(_)) {
                keys.add(&SCHEDULE, &());
            }
        }
        Call::SetAddresses(_) | Call::Leave(_) => keys.add(&ROSTER, &()),
    }
}
