//! Who is refused before a request is read, by either side, and what a handshake agrees on.

use crate::support::{CHAIN, CLINIC, HOSPITAL, Ledger, Org, address, ask, identity, pair, valid};
use epione_peer::{Client, Identity, LinkError, Refusal, Status, Target, tls};
use epione_types::{ChainId, OrgId};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

const HOUR: i64 = 60 * 60;
const STRANGER: OrgId = OrgId([9; 16]);

/// What a client with this certificate hears from a server that knows `registered`.
async fn refusal_of_client(shown: Identity, change: impl FnOnce(&Ledger)) -> LinkError {
    let (ledger, _hospital, _clinic, target) = pair().await;
    ledger.register(CLINIC, shown.key());
    // The client has its own view, in which it is still a member.
    let own = Ledger::default();
    own.register(HOSPITAL, epione_peer::Registry::key_of(&ledger, &HOSPITAL).unwrap());
    own.register(CLINIC, shown.key());
    change(&ledger);
    Org::new(CLINIC, &own, shown).client().hello(&target).await.unwrap_err()
}

#[tokio::test]
async fn clients_that_are_refused() {
    let nothing = |_: &Ledger| {};
    let unregistered = |ledger: &Ledger| ledger.register(CLINIC, identity().key());
    let departed = |ledger: &Ledger| ledger.leave(CLINIC);
    let rows = [
        ("unregistered", refusal_of_client(identity(), unregistered).await, "not registered there"),
        ("departed", refusal_of_client(identity(), departed).await, "not registered there"),
        ("expired", refusal_of_client(valid(-2 * HOUR, -HOUR), nothing).await, "has expired, or is not valid yet"),
        ("not yet valid", refusal_of_client(valid(HOUR, 2 * HOUR), nothing).await, "has expired, or is not valid yet"),
    ];
    for (row, error, says) in rows {
        assert!(matches!(&error, LinkError::Refused { .. }), "{row}: {error:?}");
        assert!(error.to_string().contains(says), "{row}: {error}");
    }
}

/// Why a client that knows the ledger refuses a server that shows `shown`.
async fn refusal_of_server(shown: Identity, change: impl FnOnce(&Ledger, &Identity)) -> LinkError {
    let ledger = Ledger::default();
    let own = identity();
    ledger.register(HOSPITAL, identity().key());
    ledger.register(CLINIC, own.key());
    change(&ledger, &shown);
    let theirs = Ledger::default();
    theirs.register(HOSPITAL, shown.key());
    theirs.register(CLINIC, own.key());
    let target = Org::new(HOSPITAL, &theirs, shown).serve().await;
    Org::new(CLINIC, &ledger, own).client().hello(&target).await.unwrap_err()
}

fn registered(ledger: &Ledger, shown: &Identity) {
    ledger.register(HOSPITAL, shown.key());
}

#[tokio::test]
async fn servers_that_are_refused() {
    let other = |ledger: &Ledger, shown: &Identity| ledger.register(STRANGER, shown.key());
    let departed = |ledger: &Ledger, _: &Identity| ledger.leave(HOSPITAL);
    let refused = |error: LinkError| match error {
        LinkError::NotAccepted { refusal, .. } => refusal,
        other => panic!("{other:?}"),
    };
    let unregistered = refused(refusal_of_server(identity(), |_, _| {}).await);
    assert!(matches!(unregistered, Refusal::NotRegistered(_)), "{unregistered:?}");
    let found = refused(refusal_of_server(identity(), other).await);
    assert_eq!(found, Refusal::OtherOrganization { expected: HOSPITAL, found: STRANGER });
    assert_eq!(refused(refusal_of_server(valid(-2 * HOUR, -HOUR), registered).await), Refusal::Expired);
    assert_eq!(refused(refusal_of_server(valid(HOUR, 2 * HOUR), registered).await), Refusal::NotYetValid);
    let gone = refusal_of_server(identity(), departed).await;
    assert!(matches!(gone, LinkError::NoKey(HOSPITAL)), "{gone:?}");
}

#[tokio::test]
async fn a_greeting_tells_who_is_who_and_that_the_key_exchange_is_hybrid() {
    let (ledger, _hospital, clinic, target) = pair().await;
    let client = clinic.client();
    let hello = client.hello(&target).await.unwrap();
    assert_eq!((hello.org, hello.chain, hello.version.as_str()), (HOSPITAL, CHAIN, "1.2.3"));
    assert_eq!((hello.caller.org, hello.caller.status), (CLINIC, Status::Active));
    assert_eq!(hello.group, "X25519MLKEM768");
    ledger.set(CLINIC, Status::Suspended);
    assert_eq!(client.hello(&target).await.unwrap().caller.status, Status::Suspended);

    let error = clinic.client_of(ChainId([8; 32])).hello(&target).await.unwrap_err();
    assert!(matches!(error, LinkError::OtherChain { found: CHAIN, .. }), "{error:?}");
    let nowhere = Target { address: "127.0.0.1:1".to_owned(), ..target };
    let error = client.hello(&nowhere).await.unwrap_err();
    assert!(matches!(error, LinkError::Unreachable { .. }), "{error:?}");
    let error = Client::hello(&bare(&ledger), &nowhere).await.unwrap_err();
    assert!(matches!(error, LinkError::NoIdentity), "{error:?}");
}

/// The client of an organization without a certificate.
fn bare(ledger: &Ledger) -> Client {
    let org = Org::new(CLINIC, ledger, identity());
    org.identities.replace(Vec::new());
    org.client()
}

/// Takes every certificate: a client that is only interested in what the server does.
#[derive(Debug)]
struct Anyone;

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        tls::provider().signature_verification_algorithms.supported_schemes()
    }
}

/// What a client without a certificate gets: the version agreed on, and why it ended.
async fn stranger(target: &Target, versions: &[&'static rustls::SupportedProtocolVersion]) -> Result<(), String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(Anyone)).with_no_client_auth();
    let stream = TcpStream::connect(address(target)).await.unwrap();
    let name = ServerName::try_from("hospital.example").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let mut stream = stream.map_err(|error| error.to_string())?;
    assert_eq!(stream.get_ref().1.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    stream.write_all(b"GET /peer/v1/hello HTTP/1.1\r\nhost: a\r\n\r\n").await.map_err(|error| error.to_string())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.map(|_len| ()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_client_without_certificate_and_one_of_tls_1_2_are_refused() {
    let (_ledger, _hospital, clinic, target) = pair().await;
    let error = stranger(&target, &[&rustls::version::TLS13]).await.unwrap_err();
    assert!(error.contains("CertificateRequired"), "{error}");
    let error = stranger(&target, &[&rustls::version::TLS12]).await.unwrap_err();
    assert!(error.contains("ProtocolVersion"), "{error}");
    // And plain HTTP is none.
    let mut plain = TcpStream::connect(address(&target)).await.unwrap();
    plain.write_all(b"GET /peer/v1/hello HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    plain.read_to_end(&mut answer).await.unwrap();
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    // None of them harmed anybody.
    assert_eq!(ask(&clinic.client(), &target, "/active").await.unwrap(), (200, "more".to_owned()));
}
