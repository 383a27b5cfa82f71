//! Stub.
use crate::records::{Event, Query, Reject, types::Unit};
use epione_kernel::{__reexports as json, EventAt, QuerySource, QueryStop, RowTable, Rows, Sources};
use schemars::Schema;
use serde_json::Value;
pub(super) const TABLES: &[RowTable] = &[];
pub(super) fn answers(_query: u16) -> (QuerySource, Schema) {
    (QuerySource::State, json::schema::<Unit>())
}
pub(super) fn query(_sources: &Sources<'_>, _query: &Query) -> Result<Value, QueryStop<Reject>> {
    Err(Reject::UnknownUnit.into())
}
pub(super) fn project(_event: &Event, _at: &EventAt, _rows: &mut Rows) {}
