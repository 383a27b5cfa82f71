//! Serving on loopback: connections, their limits, and how they end.

use axum::{Router, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};
use tower::ServiceExt as _;

/// How long the head of a request may take to arrive, and how long a connection may be idle between two.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// How long requests may go on after shutdown was asked for.
const GRACE: Duration = Duration::from_secs(5);
/// How long to wait when the system has no more file descriptors.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

/// Why the gateway does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address can be reached from other machines.
    #[error("plain HTTP only on loopback: {0} can be reached from outside; put a TLS proxy before the node")]
    NotLoopback(SocketAddr),
    /// The listener has no address.
    #[error("the address to serve on is not known")]
    Address(#[source] io::Error),
}

/// Serves `router` on a loopback address until `shutdown` resolves; requests under way then have some seconds to end. At
/// most `connections_max` connections are open at once; further ones wait in the listener's queue.
///
/// # Errors
/// [`ServeError`] at once, if the listener's address is not a loopback address.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    connections_max: usize,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    serve_with(listener, router, connections_max, shutdown, (HEAD_TIMEOUT, GRACE)).await
}

async fn serve_with(
    listener: TcpListener,
    router: Router,
    connections_max: usize,
    shutdown: impl Future<Output = ()> + Send,
    (head_timeout, grace): (Duration, Duration),
) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(ServeError::Address)?;
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback(address));
    }
    let (end, ends) = watch::channel(());
    let places = Arc::new(Semaphore::new(connections_max.clamp(1, Semaphore::MAX_PERMITS)));
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
        let connection = connection(stream, remote, router.clone(), (head_timeout, ends.clone()));
        connections.spawn(async move {
            connection.await;
            drop(place);
        });
    }
    drop((listener, end));
    // Event streams have no end of their own: after the grace they are cut, and their clients know where to continue.
    let rest = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(grace, rest).await;
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

/// Serves one connection until the client leaves it, or shutdown was asked for and its request is answered.
async fn connection(
    stream: TcpStream,
    remote: SocketAddr,
    router: Router,
    (head_timeout, mut ends): (Duration, watch::Receiver<()>),
) {
    // Answers are small: none waits for another to fill a packet.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(remote));
        router.clone().oneshot(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .serve_connection(TokioIo::new(stream), service);
    let mut served = pin!(served);
    // Why a client left is of no interest.
    tokio::select! {
        _left = &mut served => return,
        _ended = ends.changed() => served.as_mut().graceful_shutdown(),
    }
    let _ = served.await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use std::future::pending;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    async fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    #[tokio::test]
    async fn an_address_that_others_can_reach_is_refused() {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let error = serve(listener, Router::new(), 9, pending()).await.unwrap_err();
        assert!(error.to_string().starts_with("plain HTTP only on loopback: 0.0.0.0:"), "{error}");
    }

    #[tokio::test]
    async fn a_client_that_sends_no_request_is_left() {
        let (listener, address) = listener().await;
        let times = (Duration::from_millis(50), Duration::from_millis(50));
        let server = tokio::spawn(serve_with(listener, Router::new(), 9, pending(), times));
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: ").await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(Duration::from_secs(10), client.read_to_end(&mut answer)).await.unwrap().unwrap();
        server.abort();
    }

    #[tokio::test]
    async fn connections_beyond_the_limit_wait_for_a_place() {
        let (listener, address) = listener().await;
        let server = tokio::spawn(serve(listener, Router::new(), 1, pending()));
        let ask = async || {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
            client
        };
        let mut answer = [0; 12];
        let mut first = ask().await;
        first.read_exact(&mut answer).await.unwrap();
        let mut second = ask().await;
        let waits = tokio::time::timeout(Duration::from_millis(100), second.read_exact(&mut answer)).await;
        assert!(waits.is_err());
        drop(first);
        second.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 404");
        server.abort();
    }

    #[tokio::test]
    async fn shutdown_lets_requests_end_but_not_for_ever() {
        let (listener, address) = listener().await;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let begun = Arc::new(Semaphore::new(0));
        let (begins, also_begins) = (Arc::clone(&begun), Arc::clone(&begun));
        let slow = || async move {
            begins.add_permits(1);
            tokio::time::sleep(Duration::from_millis(200)).await;
            "done"
        };
        let never = || async move {
            also_begins.add_permits(1);
            pending::<()>().await;
        };
        let router = Router::new().route("/slow", get(slow)).route("/never", get(never));
        let shutdown = async { drop(stopped.await) };
        let times = (HEAD_TIMEOUT, Duration::from_secs(2));
        let server = tokio::spawn(serve_with(listener, router, 9, shutdown, times));
        let ask = |path: &'static str| async move {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").as_bytes()).await.unwrap();
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.map(|_len| answer)
        };
        let (slow, never) = (tokio::spawn(ask("/slow")), tokio::spawn(ask("/never")));
        let both = begun.acquire_many(2).await.unwrap();
        stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(10), server).await.unwrap().unwrap().unwrap();
        assert!(slow.await.unwrap().unwrap().ends_with("done"));
        assert!(never.await.unwrap().unwrap_or_default().is_empty());
        assert!(TcpStream::connect(address).await.is_err());
        drop(both);
    }
}
