//! TLS as it is spoken here: version, groups, and what a server shows.
//!
//! # Source
//! RFC 8446: TLS 1.3. draft-ietf-tls-ecdhe-mlkem: X25519MLKEM768.

use crate::{Identities, Identity, Registry, pins};
use epione_types::OrgId;
use rustls::{
    ClientConfig, ServerConfig,
    client::Resumption,
    crypto::{CryptoProvider, aws_lc_rs},
    server::{ClientHello, NoServerSessionStorage, ResolvesServerCert},
    sign::{CertifiedKey, SingleCertAndKey},
    version::TLS13,
};
use std::{
    fmt,
    sync::{Arc, LazyLock, PoisonError, RwLock},
    time::SystemTime,
};

/// What HTTP is spoken after the handshake (RFC 7301).
const HTTP: &[u8] = b"http/1.1";

/// The cryptography of all links: AWS-LC with X25519MLKEM768 first, then X25519, and the suites of TLS 1.3 only.
#[must_use]
pub fn provider() -> &'static Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
        use aws_lc_rs::{cipher_suite, kx_group};
        Arc::new(CryptoProvider {
            cipher_suites: vec![
                cipher_suite::TLS13_AES_256_GCM_SHA384,
                cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
                cipher_suite::TLS13_AES_128_GCM_SHA256,
            ],
            kx_groups: vec![kx_group::X25519MLKEM768, kx_group::X25519],
            ..aws_lc_rs::default_provider()
        })
    });
    &PROVIDER
}

/// What a server speaks TLS with.
#[derive(Clone)]
pub struct ServerTls {
    pub(crate) config: Arc<ServerConfig>,
    /// Who tells whose certificates clients show; none if they show none.
    pub(crate) registry: Option<Arc<dyn Registry>>,
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerTls")
    }
}

/// A certificate that can be replaced while it is served under: connections that are open go on.
#[derive(Debug)]
pub struct Replaceable(RwLock<Arc<Identity>>);

impl Replaceable {
    /// Begins with this certificate.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self(RwLock::new(Arc::new(identity)))
    }

    /// New connections see this certificate.
    pub fn replace(&self, identity: Identity) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(identity);
    }

    /// Until when the certificate is valid; none if that cannot be read.
    #[must_use]
    pub fn valid_until(&self) -> Option<SystemTime> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).valid_until()
    }
}

impl ResolvesServerCert for Replaceable {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let identity = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(identity.certified()))
    }
}

/// Shows a client the key that it asks for, if it is one of ours; else the one that the ledger names.
#[derive(Debug)]
struct AsAsked {
    org: OrgId,
    registry: Arc<dyn Registry>,
    identities: Arc<Identities>,
}

impl ResolvesServerCert for AsAsked {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asked = hello.server_name().and_then(pins::asked_for);
        let mut all = self.identities.best_first(self.registry.key_of(&self.org));
        let at = all.iter().position(|identity| asked == Some(identity.key())).unwrap_or(0);
        (at < all.len()).then(|| Arc::clone(all.swap_remove(at).certified()))
    }
}

impl ServerTls {
    /// For clients of any kind, under a certificate of the operator's choice.
    #[must_use]
    pub fn for_clients(certificate: Arc<Replaceable>) -> Self {
        let builder = ServerConfig::builder_with_provider(Arc::clone(provider()));
        // INVARIANT: the provider has suites and groups of TLS 1.3.
        let builder = builder.with_protocol_versions(&[&TLS13]).unwrap_or_else(|error| unreachable!("{error}"));
        let mut config = builder.with_no_client_auth().with_cert_resolver(certificate);
        config.alpn_protocols = vec![HTTP.to_vec()];
        Self { config: Arc::new(config), registry: None }
    }

    /// For other organizations: they show their certificates, too.
    #[must_use]
    pub fn for_peers(org: OrgId, identities: Arc<Identities>, registry: Arc<dyn Registry>) -> Self {
        let builder = ServerConfig::builder_with_provider(Arc::clone(provider()));
        // INVARIANT: the provider has suites and groups of TLS 1.3.
        let builder = builder.with_protocol_versions(&[&TLS13]).unwrap_or_else(|error| unreachable!("{error}"));
        let mut config = builder
            .with_client_cert_verifier(Arc::new(pins::OfClients(Arc::clone(&registry))))
            .with_cert_resolver(Arc::new(AsAsked { org, registry: Arc::clone(&registry), identities }));
        config.alpn_protocols = vec![HTTP.to_vec()];
        // A resumed session would not show its certificate again.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Self { config: Arc::new(config), registry: Some(registry) }
    }
}

/// What a client speaks TLS with: to `expected`, as `identity`.
pub(crate) fn client(identity: &Identity, registry: Arc<dyn Registry>, expected: OrgId) -> Arc<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(Arc::clone(provider()));
    // INVARIANT: the provider has suites and groups of TLS 1.3.
    let builder = builder.with_protocol_versions(&[&TLS13]).unwrap_or_else(|error| unreachable!("{error}"));
    let own = SingleCertAndKey::from(CertifiedKey::clone(identity.certified()));
    let mut config = builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(pins::OfServer { registry, expected }))
        .with_client_cert_resolver(Arc::new(own));
    config.alpn_protocols = vec![HTTP.to_vec()];
    config.resumption = Resumption::disabled();
    Arc::new(config)
}
