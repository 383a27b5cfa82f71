//! Serving HTTP: connections, their limits, how they are secured, and how they end.

use crate::{Registry, ServerTls, crowd::Crowd, pins};
use axum::{Router, extract::ConnectInfo};
use epione_types::OrgId;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::{NamedGroup, pki_types::CertificateDer};
use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tower::ServiceExt as _;

/// How long to wait when the system has no more file descriptors.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);
/// How long a client that is refused in the handshake may take to hear it, and what it may have sent meanwhile.
const LAST_WORD: (Duration, u64) = (Duration::from_secs(1), 64 * 1024);

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address can be reached from other machines.
    #[error(
        "plain HTTP only on loopback: {0} can be reached from outside; configure a certificate, or put a TLS proxy before \
         the node"
    )]
    NotLoopback(SocketAddr),
    /// The listener has no address.
    #[error("the address to serve on is not known")]
    Address(#[source] io::Error),
}

/// How connections are secured.
#[derive(Clone, Debug)]
pub enum Security {
    /// Not at all: on loopback addresses only.
    Loopback,
    /// By TLS.
    Tls(ServerTls),
}

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// Most at once; further ones wait in the listener's queue.
    pub max: usize,
    /// Most of one organization, whatever its keys; further ones of it are closed.
    pub of_one_max: usize,
    /// How long the head of a request may take to arrive, and how long a connection may be idle between two.
    pub head_timeout: Duration,
    /// How long the TLS handshake may take.
    pub handshake_timeout: Duration,
    /// How long requests may go on after shutdown was asked for.
    pub grace: Duration,
}

impl Connections {
    /// At most `max` connections, with patience for slow networks.
    #[must_use]
    pub const fn standard(max: usize) -> Self {
        let (head_timeout, handshake_timeout) = (Duration::from_secs(60), Duration::from_secs(10));
        Self { max, of_one_max: max, head_timeout, handshake_timeout, grace: Duration::from_secs(5) }
    }
}

/// How the connection of a request is secured; in the extensions of every request over TLS.
#[derive(Clone, Debug)]
pub struct Secured {
    certificate: Option<CertificateDer<'static>>,
    group: Option<NamedGroup>,
}

impl Secured {
    fn of(stream: &TlsStream<TcpStream>) -> Self {
        let (_, connection) = stream.get_ref();
        let certificate = connection.peer_certificates().and_then(<[CertificateDer<'_>]>::first);
        let group = connection.negotiated_key_exchange_group().map(|group| group.name());
        Self { certificate: certificate.map(|certificate| certificate.clone().into_owned()), group }
    }

    /// The certificate that the client showed.
    pub(crate) fn certificate(&self) -> Option<&CertificateDer<'static>> {
        self.certificate.as_ref()
    }

    /// The group of the key exchange, such as `X25519MLKEM768`.
    #[must_use]
    pub fn group(&self) -> String {
        self.group.and_then(|group| group.as_str()).unwrap_or("unknown").to_owned()
    }
}

/// Serves `router` until `shutdown` resolves; requests under way then have some seconds to end.
///
/// # Errors
/// [`ServeError`] at once, if the connections are not secured and the listener's address is not a loopback address.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    security: Security,
    limits: Connections,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(ServeError::Address)?;
    let (acceptor, registry) = match security {
        Security::Loopback if address.ip().is_loopback() => (None, None),
        Security::Loopback => return Err(ServeError::NotLoopback(address)),
        Security::Tls(tls) => (Some(TlsAcceptor::from(tls.config)), tls.registry),
    };
    let (end, ends) = watch::channel(());
    let places = Arc::new(Semaphore::new(limits.max.clamp(1, Semaphore::MAX_PERMITS)));
    let crowd = Arc::new(Crowd::new(limits.of_one_max));
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &places) => accepted,
            // Forgets connections that have ended.
            Some(_ended) = connections.join_next() => continue,
        };
        let (stream, remote, place) = accepted;
        let connection = Connection {
            router: router.clone(),
            remote,
            limits,
            registry: registry.clone(),
            crowd: Arc::clone(&crowd),
            ends: ends.clone(),
        };
        let acceptor = acceptor.clone();
        connections.spawn(async move {
            connection.begin(stream, acceptor).await;
            drop(place);
        });
    }
    drop((listener, end));
    // Event streams have no end of their own: after the grace they are cut, and their clients know where to continue.
    let rest = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(limits.grace, rest).await;
    Ok(())
}

/// The next connection, when there is a place for one.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<tokio::sync::OwnedSemaphorePermit>) {
    // The semaphore is never closed.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, remote)) => return (stream, remote, place),
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
            }
        }
    }
}

/// Whether a connection failed before it was accepted, which says nothing about the next.
fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// One connection.
struct Connection {
    router: Router,
    remote: SocketAddr,
    limits: Connections,
    /// Whose certificates are shown; none if clients show none.
    registry: Option<Arc<dyn Registry>>,
    crowd: Arc<Crowd<OrgId>>,
    ends: watch::Receiver<()>,
}

impl Connection {
    async fn begin(mut self, stream: TcpStream, acceptor: Option<TlsAcceptor>) {
        // Answers are small: none waits for another to fill a packet.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let Some(acceptor) = acceptor else { return self.serve(stream, None).await };
        let shaken = tokio::time::timeout(self.limits.handshake_timeout, acceptor.accept(stream).into_fallible());
        let shaken = tokio::select! {
            shaken = shaken => shaken,
            _ended = self.ends.changed() => return,
        };
        match shaken {
            Ok(Ok(stream)) => {
                let secured = Secured::of(&stream);
                let place = self.registry.as_ref().map(|registry| {
                    // Its key may have been replaced since the handshake began.
                    let key = pins::key_of(secured.certificate()?).ok()?;
                    self.crowd.enter(registry.by_key(&key)?.org)
                });
                if matches!(place, Some(None)) {
                    let why = "its organization has as many connections as it may, or is gone";
                    tracing::debug!(remote = %self.remote, why, "closed");
                    return;
                }
                self.serve(stream, Some(secured)).await;
            }
            Ok(Err((error, stream))) => {
                tracing::debug!(remote = %self.remote, %error, "refused in the handshake");
                let _ = tokio::time::timeout(LAST_WORD.0, last_word(stream)).await;
            }
            Err(_elapsed) => tracing::debug!(remote = %self.remote, "the handshake takes too long"),
        }
    }

    /// Serves requests until the client leaves, or shutdown was asked for and its request is answered.
    async fn serve(mut self, stream: impl AsyncRead + AsyncWrite + Unpin, secured: Option<Secured>) {
        let (router, remote) = (self.router, self.remote);
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(remote));
            if let Some(secured) = &secured {
                request.extensions_mut().insert(secured.clone());
            }
            router.clone().oneshot(request)
        });
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head_timeout)
            .serve_connection(TokioIo::new(stream), service);
        let mut served = pin!(served);
        // Why a client left is of no interest.
        tokio::select! {
            _left = &mut served => return,
            _ended = self.ends.changed() => served.as_mut().graceful_shutdown(),
        }
        let _ = served.await;
    }
}

/// Closes a connection whose client was told why; what it sent already is read, or it would not hear it.
async fn last_word(mut stream: TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    tokio::io::copy(&mut stream.take(LAST_WORD.1), &mut tokio::io::sink()).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
