//! On which labels somebody may decide, and which of them he sees.

use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{List, Tag};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most labels that a scope names.
pub const SCOPE_TAGS_MAX: usize = 16;

/// Labels, each once.
pub type Tags = List<Tag, SCOPE_TAGS_MAX>;

/// The labels on which a holder or representative may decide and of which he sees contents, log lines and notices. What is
/// beyond it is hidden from him: care to which a minor consents alone, a suspicion of abuse, what a court withholds.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Scope {
    /// Every label.
    #[default]
    All = 0,
    /// Every label but these, of which there is at least one.
    AllBut(Tags) = 1,
    /// These labels only; without any, nothing.
    Only(Tags) = 2,
}

impl Scope {
    /// Whether it includes units with the label `tag`.
    #[must_use]
    pub fn covers(&self, tag: &Tag) -> bool {
        match self {
            Self::All => true,
            Self::AllBut(tags) => !tags.contains(tag),
            Self::Only(tags) => tags.contains(tag),
        }
    }

    /// Whether `other` covers whatever this covers. Labels cannot be enumerated: none is known to be the last.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::All) => true,
            (Self::All | Self::AllBut(_), Self::Only(_)) | (Self::All, Self::AllBut(_)) => false,
            (Self::AllBut(mine), Self::AllBut(others)) => others.iter().all(|tag| mine.contains(tag)),
            (Self::Only(mine), Self::AllBut(_) | Self::Only(_)) => mine.iter().all(|tag| other.covers(tag)),
        }
    }

    /// Whether it names each label once, and says in one way only that it covers all.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let distinct = |tags: &Tags| tags.iter().collect::<BTreeSet<_>>().len() == tags.len();
        match self {
            Self::All => true,
            Self::AllBut(tags) => !tags.is_empty() && distinct(tags),
            Self::Only(tags) => distinct(tags),
        }
    }
}
