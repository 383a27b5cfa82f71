//! What a key is for.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a key is for. A key serves one purpose only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Changes the keys of an organization; kept offline.
    Root,
    /// Signs the transactions of an organization.
    Operations,
    /// Signs the votes of a validator on blocks; never a transaction.
    Vote,
    /// Signs receipts; never a transaction.
    Receipt,
    /// Signs the transactions of a person, practitioner, service or device.
    Identity,
    /// Root of a patient's keys, one for each custodian; signs nothing itself but the lines of its file.
    Wallet,
}

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 6] = [Self::Root, Self::Operations, Self::Vote, Self::Receipt, Self::Identity, Self::Wallet];

    /// The name of the purpose.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Operations => "operations",
            Self::Vote => "vote",
            Self::Receipt => "receipt",
            Self::Identity => "identity",
            Self::Wallet => "wallet",
        }
    }

    /// Whether such a key may sign transactions.
    #[must_use]
    pub const fn signs_transactions(self) -> bool {
        matches!(self, Self::Root | Self::Operations | Self::Identity)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Purpose {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|purpose| purpose.name() == text);
        found.ok_or_else(|| format!("`{text}` is not the purpose of a key"))
    }
}
