//! The identities: practitioners and others for whom an organization answers.

use crate::demo::stage::Stage;
use anyhow::{Result, bail};

/// The hospital registers a practitioner.
pub(super) async fn register(_stage: &mut Stage<'_>) -> Result<String> {
    bail!("identity is not there yet")
}
