//! Connections that wait, dawdle and end.

use super::*;
use crate::{
    About, Identities, Limits, Routes, Standing, Status,
    identity::{Made, Validity},
    tls,
};
use axum::routing::get;
use epione_types::{ChainId, Hash};
use std::{
    future::pending,
    sync::{Mutex, PoisonError},
};
use tokio_rustls::TlsConnector;

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

#[tokio::test]
async fn an_address_that_others_can_reach_is_refused() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let error =
        serve(listener, Router::new(), Security::Loopback, Connections::standard(9), pending()).await.unwrap_err();
    assert!(error.to_string().starts_with("plain HTTP only on loopback: 0.0.0.0:"), "{error}");
}

#[tokio::test]
async fn a_client_that_sends_no_request_is_left() {
    let (listener, address) = listener().await;
    let limits = Connections { head_timeout: Duration::from_millis(50), ..Connections::standard(9) };
    let server = tokio::spawn(serve(listener, Router::new(), Security::Loopback, limits, pending()));
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nhost: ").await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), client.read_to_end(&mut answer)).await.unwrap().unwrap();
    server.abort();
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let (listener, address) = listener().await;
    let server = tokio::spawn(serve(listener, Router::new(), Security::Loopback, Connections::standard(1), pending()));
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
    let limits = Connections { grace: Duration::from_secs(2), ..Connections::standard(9) };
    let server = tokio::spawn(serve(listener, router, Security::Loopback, limits, shutdown));
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

/// Two organizations, the second of which may be gone.
#[derive(Debug)]
struct Two([Hash; 2], Mutex<bool>);

const TWO: [OrgId; 2] = [OrgId([1; 16]), OrgId([2; 16])];

impl Registry for Two {
    fn by_key(&self, key: &Hash) -> Option<Standing> {
        let at = self.0.iter().position(|known| known == key)?;
        let is_gone = at == 1 && *self.1.lock().unwrap_or_else(PoisonError::into_inner);
        (!is_gone).then_some(Standing { org: TWO[at], status: Status::Active })
    }

    fn key_of(&self, org: &OrgId) -> Option<Hash> {
        TWO.iter().position(|known| known == org).map(|at| self.0[at])
    }
}

#[tokio::test]
async fn the_connection_of_one_that_is_gone_ends_with_its_next_request() {
    let [own, other] = [(); 2].map(|()| Made::new("one", Validity::days(9)).unwrap().identity().unwrap());
    let known = Arc::new(Two([own.key(), other.key()], Mutex::new(false)));
    let registry: Arc<dyn Registry> = Arc::<Two>::clone(&known);
    let client = TlsConnector::from(tls::client(&other, Arc::clone(&registry), TWO[0]));
    let name = pins::server_name(&own.key()).unwrap();
    let about = About { org: TWO[0], chain: ChainId([7; 32]), version: "1" };
    let routes = Routes::new(about, Arc::clone(&registry), Limits::standard());
    let security = Security::Tls(ServerTls::for_peers(TWO[0], Arc::new(Identities::new(vec![own])), registry));
    let (listener, address) = listener().await;
    let server = tokio::spawn(serve(listener, routes.into_router(), security, Connections::standard(9), pending()));
    let mut link = client.connect(name, TcpStream::connect(address).await.unwrap()).await.unwrap();
    let ask = b"GET /peer/v1/hello HTTP/1.1\r\nhost: a\r\n\r\n";
    let mut begins = [0; 12];
    link.write_all(ask).await.unwrap();
    link.read_exact(&mut begins).await.unwrap();
    assert_eq!(&begins, b"HTTP/1.1 200");
    *known.1.lock().unwrap() = true;
    link.write_all(ask).await.unwrap();
    // To the end: that it is not its client who closes it.
    let mut rest = String::new();
    tokio::time::timeout(Duration::from_secs(10), link.read_to_string(&mut rest)).await.unwrap().unwrap();
    assert!(rest.contains("HTTP/1.1 403") && rest.contains("key-not-registered"), "{rest}");
    server.abort();
}
