//! Evidence: who was challenged tells the challenger what its request rests on.

use crate::{
    error::Error,
    exchange::Exchange,
    messages::{Evidence, Reply},
};
use epione_types::OrgId;

impl Exchange {
    /// Takes evidence about a request that somebody of this organization challenged.
    pub(crate) async fn take_evidence(&self, caller: OrgId, evidence: Evidence) -> Result<Reply, Error> {
        let _ = (caller, evidence);
        Ok(Reply::Refused(crate::messages::Refusal::NotHere))
    }
}
