//! Secure links: HTTPS between organizations, pinned to the keys on the ledger, and HTTPS for clients.
//!
//! Transport only: what organizations say to each other is not known here, nor where the ledger keeps its keys. The
//! consensus network is apart and carries nothing of this.
//!
//! # A link between organizations
//! TLS 1.3 with certificates on both sides, preferably over the hybrid group X25519MLKEM768 ([`tls`]). A certificate is
//! self-signed, and its names say nothing: an organization is known by the SHA-256 of its `SubjectPublicKeyInfo`, which
//! the ledger names ([`Registry`], [`pins`]). Who is not registered, has left, or shows a certificate outside its dates is
//! refused in the handshake; all of it is checked again for every request, so that a link that is open gives no right
//! that its organization lost ([`Routes`]). A suspended organization reaches only routes that are open to
//! [`Access::Everyone`].
//!
//! # How a key is replaced without an interruption
//! ```text
//! make a pair of files beside the present one ─▶ the node loads it: it stands by
//! register its hash on the ledger             ─▶ whoever sees the block asks for it by its hash, whoever does not, for
//!                                                the one before: the server has both and shows what it is asked for
//! remove the files of the one before          ─▶ it is forgotten
//! ```
//! A client asks for the key that its own ledger names, in the server name of the handshake (`pins::server_name`), and
//! shows its own key that its ledger names; if the other side is a block ahead or behind and refuses it, the client
//! shows the other one ([`Client`]). A request is repeated only if it was certainly not acted upon. No key is accepted
//! because it was registered once.
//!
//! # Clients of a node
//! [`ServerTls::for_clients`] serves any router under a certificate of the operator's choice, which is replaced while
//! connections go on ([`Replaceable`]).

pub mod identity;
pub mod pins;
pub mod tls;

mod identities;
mod registry;

mod crowd;

mod problem;
mod routes;

mod server;

mod client;

pub use client::{Client, ClientLimits, LinkError, Target};
pub use identities::{Identities, load_folder};
pub use identity::{Files, Identity, IdentityError};
pub use pins::{Refusal, Side};
pub use registry::{Registry, Standing, Status};
pub use routes::{About, Access, Caller, Hello, Limits, Routes};
pub use server::{Connections, Secured, Security, ServeError, serve};
pub use tls::{Replaceable, ServerTls};
