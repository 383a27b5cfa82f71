//! Which value of a parameter is in force at which height.

use crate::network::types::{Jurisdiction, Parameter, Parameters};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::List;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value that comes into force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub(in crate::network) struct Planned {
    /// What changes.
    pub parameter: Parameter,
    /// The new value.
    pub value: u64,
    /// First height at which it is in force.
    pub height: u64,
}

/// The parameters of every height from the present on: a base, and for each parameter at most one value to come.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
pub(in crate::network) struct Schedule {
    /// The values before any planned one.
    pub base: Parameters,
    /// The values to come.
    pub planned: Vec<Planned>,
}

impl Schedule {
    /// The parameters in force at `height`.
    pub(in crate::network) fn at(&self, height: u64) -> Parameters {
        let mut parameters = self.base;
        for planned in self.planned.iter().filter(|planned| planned.height <= height) {
            if let Some(place) = parameters.place(planned.parameter) {
                *place = planned.value;
            }
        }
        parameters
    }

    /// The schedule with one more change, made in the block at `height`. A change to come of the same parameter is
    /// replaced.
    pub(in crate::network) fn with(&self, new: Planned, height: u64) -> Self {
        let base = self.at(height);
        let stays = |planned: &&Planned| planned.height > height && planned.parameter != new.parameter;
        let mut planned: Vec<Planned> = self.planned.iter().filter(stays).copied().collect();
        planned.push(new);
        Self { base, planned }
    }

    /// Whether the parameters are sound at every height.
    pub(in crate::network) fn is_sound(&self, demo: bool) -> bool {
        self.base.are_sound(demo) && self.planned.iter().all(|planned| self.at(planned.height).are_sound(demo))
    }
}

/// The values on which the members decided of parameters that do not stand in the genesis, ascending by parameter and height.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Settings {
    decided: List<Planned, 128>,
}

impl Settings {
    /// The value of `parameter` in force at `height`, which is not below that of the state. Not for those of the genesis.
    #[must_use]
    pub fn get(&self, parameter: Parameter, height: u64) -> u64 {
        let decided = self.decided.iter().rev();
        let mut in_force = decided.filter(|decided| decided.parameter == parameter && decided.height <= height);
        in_force.next().map_or(parameter.default_value(), |decided| decided.value)
    }

    /// The settings with one more decision, made in the block at `height`. One to come of the same parameter is replaced.
    pub(in crate::network) fn with(&self, new: Planned, height: u64) -> Self {
        let current = Planned { value: self.get(new.parameter, height), height: 0, ..new };
        let others = self.decided.iter().filter(|decided| decided.parameter != new.parameter).copied();
        let mut decided: Vec<Planned> = others.chain([current, new]).collect();
        decided.sort_by_key(|decided| (decided.parameter, decided.height));
        let decided =
            List::new(decided).unwrap_or_else(|_more| epione_kernel::broken("two values per parameter do not fit"));
        Self { decided }
    }

    /// The decisions.
    pub(in crate::network) fn decided(&self) -> &[Planned] {
        &self.decided
    }
}

/// For what the law of a jurisdiction may permit the use of records without a consent.
///
/// # Source
/// 45 CFR 164.506(c): treatment, payment, health care operations.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum CoreUse {
    /// Treatment of the patient.
    Treatment = 0,
    /// Payment for care.
    Payment = 1,
    /// The operations of those who care or pay.
    Operations = 2,
}

/// What holds in a jurisdiction where neither a consent nor a duty decides.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum DefaultRule {
    /// Denied: so it is until the members decide otherwise.
    #[default]
    Deny = 0,
    /// Permitted unless the patient objects, of units that are not restricted, to who has a relationship to the patient that
    /// is on the ledger, under an agreement with the custodian.
    OptOut = 1,
}

/// The defaults of a jurisdiction.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
pub struct Defaults {
    /// For treatment.
    pub treatment: DefaultRule,
    /// For payment.
    pub payment: DefaultRule,
    /// For operations.
    pub operations: DefaultRule,
}

impl Defaults {
    /// The rule for one use.
    #[must_use]
    pub const fn get(&self, of: CoreUse) -> DefaultRule {
        match of {
            CoreUse::Treatment => self.treatment,
            CoreUse::Payment => self.payment,
            CoreUse::Operations => self.operations,
        }
    }

    pub(in crate::network) const fn with(mut self, of: CoreUse, rule: DefaultRule) -> Self {
        match of {
            CoreUse::Treatment => self.treatment = rule,
            CoreUse::Payment => self.payment = rule,
            CoreUse::Operations => self.operations = rule,
        }
        self
    }
}

/// The defaults of every jurisdiction on which the members decided. A subdivision without its own has those of its country.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Policies {
    decided: List<(Jurisdiction, Defaults), POLICIES_MAX>,
}

/// Most jurisdictions with defaults of their own.
const POLICIES_MAX: usize = 256;

impl Policies {
    /// The defaults of `jurisdiction`.
    #[must_use]
    pub fn get(&self, jurisdiction: &Jurisdiction) -> Defaults {
        let of =
            |name: &str| self.decided.iter().find(|(known, _)| known.as_str() == name).map(|(_, defaults)| *defaults);
        of(jurisdiction.as_str()).or_else(|| of(jurisdiction.country())).unwrap_or_default()
    }

    /// With one more decision; none if there are as many jurisdictions as fit.
    pub(in crate::network) fn with(&self, jurisdiction: &Jurisdiction, of: CoreUse, rule: DefaultRule) -> Option<Self> {
        let defaults = self.get(jurisdiction).with(of, rule);
        let others = self.decided.iter().filter(|(known, _)| known != jurisdiction).cloned();
        let mut decided: Vec<(Jurisdiction, Defaults)> = others.chain([(jurisdiction.clone(), defaults)]).collect();
        decided.sort_by(|(one, _), (other, _)| one.cmp(other));
        List::new(decided).ok().map(|decided| Self { decided })
    }

    /// The jurisdictions with their defaults, ascending.
    pub(in crate::network) fn decided(&self) -> &[(Jurisdiction, Defaults)] {
        &self.decided
    }
}
