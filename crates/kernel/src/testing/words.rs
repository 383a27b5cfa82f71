//! The words of a table.

use crate::{Module, RawEvent};
use epione_types::DurationMs;
use serde_json::Value;

/// The field `id` of the first event.
pub(super) fn first_id(module: &dyn Module, events: &[RawEvent]) -> String {
    let id = events
        .first()
        .and_then(|event| module.event_to_json(event.number, &event.body).ok())
        .and_then(|event| event.get("id").and_then(Value::as_str).map(str::to_owned));
    id.unwrap_or_else(|| fail("the first event has no field `id` to name"))
}

/// `5 min`, `30 s`, `2 d`, `1 h`.
pub(super) fn duration(text: &str) -> DurationMs {
    let mut words = text.split_whitespace();
    let count: u64 = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    let unit = match words.next() {
        Some("s") => 1_000,
        Some("min") => 60_000,
        Some("h") => 3_600_000,
        Some("d") => 86_400_000,
        other => fail(&format!("`{other:?}` is not a unit of time")),
    };
    DurationMs(count.saturating_mul(unit))
}

#[expect(clippy::panic, reason = "a failed test panics")]
#[track_caller]
pub(super) fn fail(message: &str) -> ! {
    panic!("{message}")
}
