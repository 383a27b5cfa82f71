//! Secrets of 32 bytes: wiped from memory when dropped, never printed, never serialized.

use crate::random::{NoRandom, Random};
use std::fmt;
use zeroize::ZeroizeOnDrop;

/// Bytes of every secret of this page.
pub const SECRET_BYTES: usize = 32;

macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, ZeroizeOnDrop)]
        pub struct $name([u8; SECRET_BYTES]);

        impl $name {
            /// The secret with these bytes; the caller wipes its own copy.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; SECRET_BYTES]) -> Self {
                Self(bytes)
            }

            /// A new secret.
            ///
            /// # Errors
            /// [`NoRandom`].
            pub fn random(random: &mut dyn Random) -> Result<Self, NoRandom> {
                let mut secret = Self([0; SECRET_BYTES]);
                random.fill(&mut secret.0)?;
                Ok(secret)
            }

            /// The bytes, for storing or for a calculation: not to be printed.
            #[must_use]
            pub const fn expose(&self) -> &[u8; SECRET_BYTES] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([private])"))
            }
        }
    )*};
}

// Alphabetical.
secrets! {
    /// What hides a committed share: known to its dealer and its holder.
    Blind;
    /// A patient's token that leads one custodian to one subject. It is told on purpose, by the patient.
    LinkToken;
    /// What hides a committed item, or keys the commitment to a text. Destroyed on erasure.
    Salt;
    /// Key of the label tags of one subject at one custodian. Destroyed on erasure.
    SubjectKey;
    /// Key of the contents of one edition of a unit.
    UnitKey;
}
