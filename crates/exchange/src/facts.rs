//! What the exchange asks of the executed final state.

use crate::{
    catalog::Source,
    error::Error,
    ports::{Head, LedgerError, Ports, read},
};
use epione_kernel::{Missing, View};
use epione_modules::{
    access::{self, Category, Locate, Ticket},
    consent::{self, PractitionerRole, RequestFacts, RuleId, Rules, UnitFacts, UnitState},
    network::{self, ClaimedKey, CoreUse, KemKey, KeyUse, OrganizationKind, Purpose, Role, Status},
    records::{self, Unit},
};
use epione_types::{OrgId, PublicKey, RequestId, SignerId, UnitId, UnixMs};

/// How long ago a node may have seen the last final block, before it releases anything: ten seconds.
const SEEN_MS_MAX: u64 = 10_000;

/// The unit as it is registered.
pub(crate) async fn unit(ports: &Ports, id: &UnitId) -> Result<Option<Unit>, LedgerError> {
    let id = *id;
    read(&*ports.ledger, move |view| records::unit(&view, &id)).await
}

/// The unit as it is registered, with who acts as its custodian.
pub(crate) async fn known_unit(ports: &Ports, id: &UnitId) -> Result<(Unit, OrgId), Error> {
    let unit = *id;
    let found = read(&*ports.ledger, move |view| {
        let Some(found) = records::unit(&view, &unit)? else { return Ok(None) };
        let custodian = records::custodian_of(&view, &found)?;
        Ok(Some((found, custodian)))
    });
    found.await?.ok_or(Error::UnknownUnit(*id))
}

/// Whether this node sees the present state of the ledger: block time does not lag behind its clock by more than it may run ahead, and it saw
/// the last final block lately.
pub(crate) async fn is_fresh(ports: &Ports) -> Result<bool, LedgerError> {
    let Some(head) = ports.ledger.head() else { return Ok(false) };
    let height = head.height;
    let ahead = read(&*ports.ledger, move |view| network::parameters(&view, height)).await?.block_time_ahead_ms;
    let now = ports.clock.now();
    Ok(now.since(head.time).0 <= ahead && now.since(head.seen_at).0 <= SEEN_MS_MAX)
}

/// The last final block.
pub(crate) fn head(ports: &Ports) -> Result<Head, LedgerError> {
    ports.ledger.head().ok_or_else(|| LedgerError::Unavailable("there is no final block yet".to_owned()))
}

/// What `holder` may release of `unit` for this request: by the rules at block time, and by this node's own clock where that is later.
/// With none as holder: what a vault may give out.
pub(crate) async fn ticket(
    ports: &Ports,
    (request, unit): (RequestId, UnitId),
    holder: Option<OrgId>,
) -> Result<Option<Ticket>, Error> {
    let block = head(ports)?.time;
    let own = ports.clock.now();
    let at = move |view: View<'_>, now: UnixMs| {
        let holder = match holder {
            Some(holder) => Some(holder),
            None => records::unit(&view, &unit)?.and_then(|found| found.holders.first().map(|first| first.org)),
        };
        let Some(holder) = holder else { return Ok(None) };
        Ok(access::may_release(&view, &request, &unit, &holder, now)?.ok())
    };
    let found = read(&*ports.ledger, move |view| {
        let Some(ticket) = at(view, block)? else { return Ok(None) };
        if own <= block {
            return Ok(Some(ticket));
        }
        at(view, own)
    });
    Ok(found.await?)
}

/// Whether `key` is, or once was, the receipt key of `org`.
pub(crate) async fn is_receipt_key(ports: &Ports, org: OrgId, key: PublicKey) -> Result<bool, LedgerError> {
    let found = read(&*ports.ledger, move |view| network::key_use(&view, &ClaimedKey::Signing(key))).await?;
    Ok(found == Some(KeyUse { owner: SignerId::Organization(org), purpose: Purpose::Receipt }))
}

/// An organization that may hold shares or keep units.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) org: OrgId,
    pub(crate) kem: Option<KemKey>,
    pub(crate) may_hold: bool,
}

/// Everybody in good standing, ascending.
pub(crate) async fn candidates(ports: &Ports) -> Result<Vec<Candidate>, LedgerError> {
    let members = read(&*ports.ledger, |view| network::members(&view)).await?;
    let mut found = Vec::new();
    for org in members {
        let one = read(&*ports.ledger, move |view| candidate(view, org)).await?;
        found.extend(one);
    }
    Ok(found)
}

fn candidate(view: View<'_>, org: OrgId) -> Result<Option<Candidate>, Missing> {
    let Some(found) = network::organization(&view, &org)? else { return Ok(None) };
    if found.status != Status::Active {
        return Ok(None);
    }
    let is_apart =
        matches!(found.kind, OrganizationKind::Payer | OrganizationKind::Manufacturer | OrganizationKind::Distributor);
    let kem = network::kem_key(&view, &org)?;
    // Who lost a key has none to which shares can be dealt before it begins another period.
    let keeping = records::keeping(&view, &org)?;
    let kem = kem.filter(|key| keeping.is_live(key.period));
    Ok(Some(Candidate { org, kem, may_hold: !is_apart && found.role != Role::Observer }))
}

/// Units that are decided on at once.
const UNITS_AT_ONCE: usize = 16;

/// Which of these units the rules would grant if the organization that searches requested them now.
pub(crate) async fn would_permit(ports: &Ports, locate: &Locate, sources: &[Source]) -> Result<Vec<UnitId>, Error> {
    let now = head(ports)?.time;
    let mut permitted = Vec::new();
    for some in sources.chunks(UNITS_AT_ONCE) {
        let found = read(&*ports.ledger, move |view| {
            let mut found = Vec::new();
            for source in some {
                if decide(view, locate, &source.unit, source.category.as_str(), now)? {
                    found.push(source.unit);
                }
            }
            Ok(found)
        });
        permitted.extend(found.await?);
    }
    Ok(permitted)
}

fn decide(view: View<'_>, locate: &Locate, id: &UnitId, category: &str, now: UnixMs) -> Result<bool, Missing> {
    let Some(unit) = records::unit(&view, id)? else { return Ok(false) };
    let state = if unit.is_erased(now) {
        UnitState::Erased
    } else if unit.entered_in_error {
        UnitState::Withheld
    } else {
        UnitState::Living
    };
    let custodian = records::custodian_of(&view, &unit)?;
    let facts = UnitFacts {
        id: *id,
        custodian,
        subject: unit.subject,
        label: unit.label,
        restricted: unit.restricted,
        locked: unit.locked,
        care: unit.care,
        state,
    };
    let request = hypothesis(view, locate, &unit, now)?;
    let agreements = access::agreements(&view, &custodian, &locate.org, now)?;
    let basis = consent::basis(&view, &unit.subject, &custodian, now)?;
    let rules = Rules {
        consents: &basis.consents,
        restrictions: &basis.restrictions,
        agreements: &agreements,
        defaults: &basis.defaults,
    };
    let decision = consent::decide(&facts, &request, &rules, now);
    if !decision.is_permit() {
        return Ok(false);
    }
    // What the default permits goes no further than the kinds of records that both agreed on, which the ledger cannot see.
    let is_default = |rule: &RuleId| matches!(rule, RuleId::Default(_));
    if !decision.rules.iter().any(is_default) {
        return Ok(true);
    }
    for terms in agreements.iter().filter(|terms| terms.purposes.iter().any(|of| request.purpose.is_a(*of))) {
        let found = access::agreement(&view, &terms.id)?;
        if found.is_some_and(|found| found.categories.contains(&category_of(category))) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The request that could follow a search.
fn hypothesis(view: View<'_>, locate: &Locate, unit: &Unit, now: UnixMs) -> Result<RequestFacts, Missing> {
    let Locate { org, person, purpose, .. } = *locate;
    let emergency = match locate.emergency {
        Some(id) if epione_modules::emergency::in_force(&view, &id, &person, &unit.subject, now)? => Some(id),
        _ => None,
    };
    let org_kind = network::organization(&view, &org)?.map_or(OrganizationKind::Other, |found| found.kind);
    // Who named a relationship can enter it once the search is answered.
    let is_related = locate.relationship.is_some() || access::is_related(&view, &unit.subject, &org, purpose, now)?;
    Ok(RequestFacts {
        org,
        org_kind,
        person: Some(person),
        role: None::<PractitionerRole>,
        purpose,
        law: None,
        emergency,
        relationship: is_related,
        suspended: access::is_suspended(&view, &person, &unit.subject, purpose, now)?,
        disclosure: false,
    })
}

/// Whether who asks for this purpose treats.
pub(crate) fn is_treatment(purpose: consent::Purpose) -> bool {
    purpose.core_use() == Some(CoreUse::Treatment)
}

/// The kind of records that a custodian's own category stands for: the one of the same name.
fn category_of(category: &str) -> Category {
    match category {
        "encounters" => Category::Encounters,
        "problems" => Category::Problems,
        "medications" => Category::Medications,
        "allergies" => Category::Allergies,
        "immunizations" => Category::Immunizations,
        "laboratory" => Category::Laboratory,
        "imaging" => Category::Imaging,
        "procedures" => Category::Procedures,
        "vital-signs" => Category::VitalSigns,
        "clinical-notes" => Category::ClinicalNotes,
        "care-plans" => Category::CarePlans,
        "devices" => Category::Devices,
        "genomics" => Category::Genomics,
        "claims" => Category::Claims,
        "questionnaires" => Category::Questionnaires,
        _ => Category::Other,
    }
}
