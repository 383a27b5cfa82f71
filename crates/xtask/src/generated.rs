//! The files of the tree that a program writes: one list, read by the check that they are fresh.

use anyhow::Result;

/// A file whose content is computed from the code.
pub(crate) struct Generated {
    /// Where the file stands, relative to the top of the checkout.
    pub(crate) path: &'static str,
    /// Computes what the file must contain.
    pub(crate) content: fn() -> Result<String>,
}

/// Every generated file.
pub(crate) const ALL: &[Generated] = &[];
