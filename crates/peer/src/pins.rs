//! What a certificate must be on a link between organizations, and whose it is.
//!
//! # Source
//! RFC 5280: self-signed certificates, validity. RFC 7469 §2.4: a pin is the SHA-256 of the `SubjectPublicKeyInfo`.

use crate::{Registry, Standing, tls};
use epione_types::{Hash, OrgId};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::verify_tls13_signature,
    pki_types::{CertificateDer, DnsName, ServerName, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use std::{sync::Arc, time::Duration};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// Where the name ends under which a client asks for a key. RFC 2606 §2: nobody owns such a name.
const SUFFIX: &str = ".key.invalid";

/// On which side of a link a certificate was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// By who answers requests.
    Server,
    /// By who makes them.
    Client,
}

/// Why a certificate is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read.
    #[error("it is no X.509 certificate: {0}")]
    Malformed(String),
    /// Its time is over.
    #[error("it has expired: its organization must make a new one")]
    Expired,
    /// Its time has not come.
    #[error("it is not valid yet: compare the clocks of both sides")]
    NotYetValid,
    /// Somebody else signed it.
    #[error("it is not self-signed; make one with `epione key tls`")]
    NotSelfSigned,
    /// It is for something else.
    #[error("it is not made for such a link: {0}")]
    Unsuitable(String),
    /// No organization has this key.
    #[error("its key {0} is not registered on the ledger, or no more")]
    NotRegistered(Hash),
    /// Another organization has this key.
    #[error("its key belongs to {found}, not to {expected}")]
    OtherOrganization {
        /// Who was to be reached.
        expected: OrgId,
        /// Whose key it is.
        found: OrgId,
    },
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        // The kind decides which alert the other side sees.
        Self::InvalidCertificate(match refusal {
            Refusal::Malformed(_) => CertificateError::BadEncoding,
            Refusal::Expired => CertificateError::Expired,
            Refusal::NotYetValid => CertificateError::NotValidYet,
            other => CertificateError::Other(OtherError(Arc::new(other))),
        })
    }
}

/// SHA-256 of the `SubjectPublicKeyInfo` of a certificate: what the ledger names.
///
/// # Errors
/// [`Refusal::Malformed`].
pub fn key_of(certificate: &CertificateDer<'_>) -> Result<Hash, Refusal> {
    let read = EndEntityCert::try_from(certificate).map_err(|error| Refusal::Malformed(error.to_string()))?;
    Ok(Hash::sha256(&[&read.subject_public_key_info()]))
}

/// The key of a certificate that may stand on this side of a link at `now`, whoever it belongs to.
///
/// # Errors
/// [`Refusal`], but none that depends on the ledger.
pub fn examine(certificate: &CertificateDer<'_>, side: Side, now: UnixTime) -> Result<Hash, Refusal> {
    let malformed = |error: webpki::Error| Refusal::Malformed(error.to_string());
    let read = EndEntityCert::try_from(certificate).map_err(malformed)?;
    let itself = [anchor_from_trusted_cert(certificate).map_err(malformed)?];
    let usage = match side {
        Side::Server => KeyUsage::server_auth(),
        Side::Client => KeyUsage::client_auth(),
    };
    let algorithms = tls::provider().signature_verification_algorithms.all;
    read.verify_for_usage(algorithms, &itself, &[], now, usage, None, None).map_err(|error| match error {
        webpki::Error::CertExpired { .. } => Refusal::Expired,
        webpki::Error::CertNotValidYet { .. } => Refusal::NotYetValid,
        webpki::Error::UnknownIssuer | webpki::Error::InvalidSignatureForPublicKey => Refusal::NotSelfSigned,
        other => Refusal::Unsuitable(other.to_string()),
    })?;
    Ok(Hash::sha256(&[&read.subject_public_key_info()]))
}

/// The last moment at which a certificate is valid; none if it cannot be read.
pub(crate) fn valid_until(certificate: &CertificateDer<'_>) -> Option<UnixTime> {
    let read = EndEntityCert::try_from(certificate).ok()?;
    let itself = [anchor_from_trusted_cert(certificate).ok()?];
    let (algorithms, never) = (tls::provider().signature_verification_algorithms.all, Duration::from_secs(u64::MAX));
    let never = UnixTime::since_unix_epoch(never);
    match read.verify_for_usage(algorithms, &itself, &[], never, KeyUsage::server_auth(), None, None) {
        // Validity is looked at before anything else.
        Err(webpki::Error::CertExpired { not_after, .. }) => Some(not_after),
        _ => None,
    }
}

/// Whose certificate it is.
///
/// # Errors
/// [`Refusal`].
pub(crate) fn standing(
    registry: &dyn Registry,
    certificate: &CertificateDer<'_>,
    side: Side,
    now: UnixTime,
) -> Result<Standing, Refusal> {
    let key = examine(certificate, side, now)?;
    registry.by_key(&key).ok_or(Refusal::NotRegistered(key))
}

/// As [`standing`], and it is `expected`'s.
pub(crate) fn expect(
    registry: &dyn Registry,
    certificate: &CertificateDer<'_>,
    expected: OrgId,
    now: UnixTime,
) -> Result<(), Refusal> {
    let found = standing(registry, certificate, Side::Server, now)?.org;
    if found == expected { Ok(()) } else { Err(Refusal::OtherOrganization { expected, found }) }
}

/// The name under which a client asks a server for this key: two labels of 32 hexadecimal digits below `.key.invalid`.
pub(crate) fn server_name(key: &Hash) -> Option<ServerName<'static>> {
    let digits = key.to_string();
    let (high, low) = digits.split_at_checked(32)?;
    DnsName::try_from(format!("{high}.{low}{SUFFIX}")).ok().map(ServerName::DnsName)
}

/// The key that is asked for by this name.
pub(crate) fn asked_for(name: &str) -> Option<Hash> {
    let (high, low) = name.strip_suffix(SUFFIX)?.split_once('.')?;
    format!("{high}{low}").parse().ok()
}

/// Accepts the certificates of organizations that have not left.
#[derive(Debug)]
pub(crate) struct OfClients(pub(crate) Arc<dyn Registry>);

/// Accepts the certificate of one organization.
#[derive(Debug)]
pub(crate) struct OfServer {
    pub(crate) registry: Arc<dyn Registry>,
    pub(crate) expected: OrgId,
}

impl ClientCertVerifier for OfClients {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        standing(&*self.0, certificate, Side::Client, now)?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2 is not spoken".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &tls::provider().signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        tls::provider().signature_verification_algorithms.supported_schemes()
    }
}

impl ServerCertVerifier for OfServer {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        expect(&*self.registry, certificate, self.expected, now)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2 is not spoken".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &tls::provider().signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        tls::provider().signature_verification_algorithms.supported_schemes()
    }
}
