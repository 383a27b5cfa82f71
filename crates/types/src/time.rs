//! Time on the ledger: milliseconds since 1970 in UTC, and durations in milliseconds.

use borsh::{BorshDeserialize, BorshSerialize, io::Read};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, fmt, str::FromStr};

/// A moment: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
#[schemars(extend("x-unit" = "ms since 1970-01-01T00:00:00Z"))]
pub struct UnixMs(pub u64);

/// A length of time in milliseconds.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
#[schemars(extend("x-unit" = "ms"))]
pub struct DurationMs(pub u64);

impl UnixMs {
    /// This moment later by `duration`; the end of time at the latest.
    #[must_use]
    pub const fn after(self, duration: DurationMs) -> Self {
        Self(self.0.saturating_add(duration.0))
    }

    /// How long this moment lies after `earlier`; zero if it does not.
    #[must_use]
    pub const fn since(self, earlier: Self) -> DurationMs {
        DurationMs(self.0.saturating_sub(earlier.0))
    }
}

impl DurationMs {
    /// A duration of whole seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1000))
    }
}

impl fmt::Display for UnixMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

impl fmt::Display for DurationMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

/// A quarter of a calendar year in UTC, `2026-Q4` in text: as exactly as the ledger says when care took place, or until when
/// somebody acts for a patient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct Quarter(u16);

/// A text is not a quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a quarter such as `2026-Q4`, in the years 0 to 9999")]
pub struct QuarterError;

impl Quarter {
    /// The last quarter there is.
    pub const MAX: Self = Self(39_999);

    /// Quarter `quarter`, 1 to 4, of `year`, 0 to 9999.
    ///
    /// # Errors
    /// [`QuarterError`] if one of them is out of its range.
    pub fn new(year: u16, quarter: u16) -> Result<Self, QuarterError> {
        if year > 9_999 || !(1..=4).contains(&quarter) {
            return Err(QuarterError);
        }
        let quarters = year.checked_mul(4).and_then(|first| first.checked_add(quarter.checked_sub(1)?));
        quarters.map(Self).ok_or(QuarterError)
    }

    /// The quarter in which `at` lies; [`Self::MAX`] if it is later.
    ///
    /// # Source
    /// Days to civil dates: the proleptic Gregorian calendar of ISO 8601, in years that begin in March.
    #[must_use]
    pub fn of(at: UnixMs) -> Self {
        let days = (at.0 / 86_400_000).saturating_add(719_468);
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let leaps = (day_of_era / 1_460).saturating_add(day_of_era / 146_096).saturating_sub(day_of_era / 36_524);
        let year_of_era = day_of_era.saturating_sub(leaps) / 365;
        let before = year_of_era.saturating_mul(365).saturating_add(year_of_era / 4).saturating_sub(year_of_era / 100);
        let day_of_year = day_of_era.saturating_sub(before);
        // March is month 0 of the year that January and February end.
        let month = day_of_year.saturating_mul(5).saturating_add(2) / 153;
        let (month, next) = if month < 10 { (month.saturating_add(3), 0) } else { (month.saturating_sub(9), 1) };
        let year = era.saturating_mul(400).saturating_add(year_of_era).saturating_add(next);
        let quarter = month.saturating_sub(1) / 3;
        let whole = year.saturating_mul(4).saturating_add(quarter);
        u16::try_from(whole).map_or(Self::MAX, |quarters| Self(quarters).min(Self::MAX))
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.0 / 4
    }

    /// The quarter of the year, 1 to 4.
    #[must_use]
    pub const fn quarter(self) -> u16 {
        (self.0 % 4).saturating_add(1)
    }
}

impl BorshDeserialize for Quarter {
    fn deserialize_reader<R: Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let quarter = Self(u16::deserialize_reader(reader)?);
        let late = || borsh::io::Error::new(borsh::io::ErrorKind::InvalidData, "a quarter beyond the year 9999");
        if quarter <= Self::MAX { Ok(quarter) } else { Err(late()) }
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.year(), self.quarter())
    }
}

impl FromStr for Quarter {
    type Err = QuarterError;
    fn from_str(text: &str) -> Result<Self, QuarterError> {
        let (year, quarter) = text.split_once("-Q").ok_or(QuarterError)?;
        let parsed =
            Self::new(year.parse().map_err(|_number| QuarterError)?, quarter.parse().map_err(|_number| QuarterError)?)?;
        // One text per quarter: neither signs nor other zeros.
        if parsed.to_string() == text { Ok(parsed) } else { Err(QuarterError) }
    }
}

impl Serialize for Quarter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Quarter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <String as Deserialize>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Quarter {
    fn schema_name() -> Cow<'static, str> {
        "Quarter".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]{4}-Q[1-4]$" })
    }
}
