//! How a custodian finds the chart that somebody searches for.

use crate::{error::Error, messages::Query};
use epione_types::SubjectId;
use std::fmt;

/// How a custodian finds the chart that somebody searches for. The node's own catalog matches link tokens and local identifiers
/// ([`crate::catalog::CatalogMatcher`]); demographics come behind the same port.
pub trait Matcher: fmt::Debug + Send + Sync {
    /// The one subject that the query is about; none if there is none, or more than one.
    ///
    /// # Errors
    /// [`Error`] if the search cannot be made; never because nothing is found.
    fn find(&self, query: &Query) -> Result<Option<SubjectId>, Error>;
}
