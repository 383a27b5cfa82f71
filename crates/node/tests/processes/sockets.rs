//! Clients that misbehave below HTTP, and strangers on the network between nodes.

use crate::consortium::{Consortium, PATIENCE};
use epione_kernel::Dice;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

/// Files that a node may have open: what many systems give to a process.
const FILES: u64 = 1_024;
/// Connections that are tried to hold at once.
const CONNECTIONS: u64 = 2 * FILES;
/// Stands in everything that is sent here, and must never stand in a log.
const SECRET: &str = "what-nobody-may-find-in-any-log!";

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Sends `bytes`, or as many of them as the other side waits for: it may close the connection before.
fn send(stream: &mut TcpStream, bytes: &[u8]) {
    match stream.write_all(bytes) {
        Ok(()) => {}
        Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {}
        Err(error) => panic!("sending failed: {error}"),
    }
}

/// All that the other side sends until it closes the connection; it must do so in time.
fn until_closed(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the connection is not closed: {error}"),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Nodes still agree on something new, and wrote nothing they should not.
fn assert_unharmed(consortium: &Consortium, lane: u16) {
    let mut pen = consortium.pen(0, lane);
    let told = consortium.nodes.iter().map(|node| node.api.submit_final(&pen.entry())).collect::<Vec<_>>();
    consortium.assert_agreement(&told);
    consortium.assert_quiet(&[SECRET]);
}

#[test]
fn what_is_not_http_or_too_slow_is_cut_off() {
    let consortium = Consortium::start();
    let address = consortium.nodes[0].api.address;
    // Begun first: it takes as long as the node is patient.
    let slow = thread::spawn(move || slow_body(address));

    let mut noise = connect(address);
    send(&mut noise, &[0xff; 300]);
    let answer = until_closed(noise);
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");

    let mut huge = connect(address);
    let header = format!("GET /v1/status HTTP/1.1\r\nhost: a\r\nx-secret: {}\r\n\r\n", SECRET.repeat(40_000));
    send(&mut huge, header.as_bytes());
    let answer = until_closed(huge);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");

    let mut many = connect(address);
    let headers: String = (0..500).map(|at| format!("x-{at}: {SECRET}\r\n")).collect();
    send(&mut many, format!("GET /v1/status HTTP/1.1\r\n{headers}\r\n").as_bytes());
    let answer = until_closed(many);
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");

    let mut short = connect(address);
    send(&mut short, b"POST /v1/tx HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc");
    short.shutdown(std::net::Shutdown::Write).unwrap();
    let answer = until_closed(short);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");

    let (answer, took) = slow.join().unwrap();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("did not arrive within"), "{answer}");
    assert!(took < PATIENCE, "a slow body was waited for {took:?}");
    assert_unharmed(&consortium, 0);
}

/// Sends a body octet by octet, never all of it: what the node answers before it closes the connection, and after how
/// long it does.
fn slow_body(address: SocketAddr) -> (String, Duration) {
    let (begin, mut stream) = (Instant::now(), connect(address));
    let head =
        "POST /v1/tx HTTP/1.1\r\nhost: a\r\ncontent-type: application/octet-stream\r\ncontent-length: 1000000\r\n\r\n";
    send(&mut stream, head.as_bytes());
    let mut sending = stream.try_clone().unwrap();
    let sender = thread::spawn(move || {
        while begin.elapsed() < PATIENCE && sending.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(200));
        }
    });
    let answer = until_closed(stream);
    sender.join().unwrap();
    (answer, begin.elapsed())
}

#[test]
fn more_connections_than_a_node_may_have_files_open_do_not_end_it() {
    let limit = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: limit, maximum: limit }).unwrap();
    assert!(limit.is_none_or(|limit| limit > CONNECTIONS + 500), "this process may open too few files to test that");
    let mut consortium = Consortium::found();
    for node in &mut consortium.nodes {
        let limited = node.limited(&format!("ulimit -n {FILES}"));
        node.start_as(limited);
    }
    consortium.start_all();
    let address = consortium.nodes[0].api.address;
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS {
        // When the queue is full the system itself keeps further ones waiting.
        let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) else { break };
        // A request that is never complete, so that the connection is in use.
        let _ = stream.write_all(b"GET /v1/status HTTP/1.1\r\nx-secret: ");
        held.push(stream);
    }
    assert!(held.len() > 100, "only {} connections", held.len());
    // The node goes on with its peers, which need it: one of them is killed.
    consortium.nodes[3].kill();
    let mut pen = consortium.pen(1, 0);
    let mut told: Vec<_> = (0..5).map(|_| consortium.nodes[1].api.submit_final(&pen.entry())).collect();
    drop(held);
    consortium.start_all();
    told.push(consortium.nodes[0].api.submit_final(&pen.entry()));
    consortium.assert_agreement(&told);
    consortium.assert_quiet(&[SECRET]);
}

#[test]
fn strangers_on_the_network_between_nodes_are_ignored() {
    let consortium = Consortium::start();
    let mut dice = Dice::new(3);
    for node in &consortium.nodes {
        // The node listens for its peers on the port after the one for HTTP.
        let address = SocketAddr::from(([127, 0, 0, 1], node.api.address.port() + 1));
        for round in 0_u8..20 {
            let mut stream = connect(address);
            let len = match round % 4 {
                0 => 0,
                1 => 1,
                2 => 300,
                _ => 100_000,
            };
            let mut noise: Vec<u8> = (0..len / 32 + 1).flat_map(|_| dice.bytes32()).take(len).collect();
            if round >= 10 {
                // A length that a message could have, so that the rest is waited for.
                noise.splice(0..noise.len().min(4), [0, 0, 1, 0]);
            }
            send(&mut stream, &noise);
        }
        let mut http = connect(address);
        send(&mut http, format!("GET /{SECRET} HTTP/1.1\r\nhost: a\r\n\r\n").as_bytes());
    }
    assert_unharmed(&consortium, 0);
}
