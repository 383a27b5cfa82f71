//! What a request may do is asked anew each time.

use crate::support::{CLINIC, HOSPITAL, Org, ask, asking, identity, pair, read, valid};
use bytes::Bytes;
use epione_peer::{Connections, Limits, LinkError, Refusal, Status};
use epione_types::OrgId;
use hyper::Request;
use std::time::Duration;

#[tokio::test]
async fn a_suspended_organization_reaches_what_is_open_to_everyone_and_nothing_else() {
    let (ledger, _hospital, clinic, target) = pair().await;
    let client = clinic.client();
    assert_eq!(ask(&client, &target, "/active").await.unwrap(), (200, "more".to_owned()));
    // The same connection: the change has effect on the next request.
    ledger.set(CLINIC, Status::Suspended);
    let (status, problem) = ask(&client, &target, "/active").await.unwrap();
    assert!(status == 403 && problem.contains("urn:epione:problem:suspended"), "{status} {problem}");
    assert_eq!(ask(&client, &target, "/everyone").await.unwrap(), (200, "shares".to_owned()));
    ledger.set(CLINIC, Status::Active);
    assert_eq!(ask(&client, &target, "/active").await.unwrap().0, 200);
    let (status, problem) = ask(&client, &target, "/nothing").await.unwrap();
    assert!(status == 404 && problem.contains("not-found"), "{status} {problem}");
}

#[tokio::test]
async fn who_leaves_during_a_connection_is_refused_on_it() {
    let (ledger, hospital, clinic, target) = pair().await;
    // The client does not know yet that it was expelled.
    let own = crate::support::Ledger::default();
    own.register(HOSPITAL, hospital.identities.keys()[0]);
    own.register(CLINIC, clinic.identities.keys()[0]);
    let clinic = Org { ledger: own, ..clinic };
    let client = clinic.client();
    assert_eq!(ask(&client, &target, "/everyone").await.unwrap().0, 200);
    ledger.leave(CLINIC);
    let error = ask(&client, &target, "/everyone").await.unwrap_err();
    assert!(matches!(error, LinkError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn a_client_leaves_a_server_whose_organization_left() {
    let (_, hospital, clinic, target) = pair().await;
    let own = crate::support::Ledger::default();
    own.register(HOSPITAL, hospital.identities.keys()[0]);
    own.register(CLINIC, clinic.identities.keys()[0]);
    let clinic = Org { ledger: own.clone(), ..clinic };
    let client = clinic.client();
    assert_eq!(ask(&client, &target, "/everyone").await.unwrap().0, 200);
    own.leave(HOSPITAL);
    let error = ask(&client, &target, "/everyone").await.unwrap_err();
    assert!(matches!(error, LinkError::NoKey(HOSPITAL)), "{error:?}");
    // Nor does it take the key for another's.
    own.register(HOSPITAL, identity().key());
    let error = ask(&client, &target, "/everyone").await.unwrap_err();
    let LinkError::NotAccepted { refusal: Refusal::NotRegistered(key), .. } = error else { panic!("{error:?}") };
    assert_eq!(key, hospital.identities.keys()[0]);
}

#[tokio::test]
async fn a_certificate_that_expires_during_a_connection_is_refused_on_it() {
    let (ledger, _hospital, _clinic, target) = pair().await;
    let soon = valid(-60, 3);
    ledger.register(CLINIC, soon.key());
    let client = Org::new(CLINIC, &ledger, soon).client();
    assert_eq!(ask(&client, &target, "/everyone").await.unwrap().0, 200);
    tokio::time::sleep(Duration::from_secs(4)).await;
    let error = ask(&client, &target, "/everyone").await.unwrap_err();
    assert!(matches!(error, LinkError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn bodies_and_requests_at_once_are_limited() {
    let (_ledger, hospital, clinic, _) = pair().await;
    let limits = Limits { body_bytes_max: 1_000, requests_at_once_max: 2, answer_timeout: Duration::from_secs(5) };
    let target = hospital.serve_with(limits).await;
    let client = clinic.client();
    let post = |len: usize| Request::post("/echo").body(Bytes::from(vec![b'x'; len])).unwrap();
    assert_eq!(read(&client.request(&target, post(1_000)).await.unwrap()), (200, "x".repeat(1_000)));
    assert_eq!(client.request(&target, post(1_001)).await.unwrap().status(), 413);
    let slow = || client.request(&target, asking("/slow"));
    let (one, two, three) = tokio::join!(slow(), slow(), slow());
    let mut found = [one, two, three].map(|answer| answer.unwrap().status().as_u16());
    found.sort_unstable();
    assert_eq!(found, [200, 200, 429]);
    assert_eq!(client.request(&target, asking("/slow")).await.unwrap().status(), 200);
    let hasty = Limits { answer_timeout: Duration::from_millis(50), ..limits };
    let target = hospital.serve_with(hasty).await;
    assert_eq!(ask(&client, &target, "/slow").await.unwrap().0, 503);
}

#[tokio::test]
async fn one_organization_does_not_take_the_connections_of_all() {
    let (ledger, hospital, clinic, _) = pair().await;
    let connections = Connections { of_one_max: 2, ..Connections::standard(9) };
    let target = hospital.serve_within(Limits::standard(), connections).await;
    let held = [clinic.client(), clinic.client()];
    for client in &held {
        client.hello(&target).await.unwrap();
    }
    let error = clinic.client().hello(&target).await.unwrap_err();
    assert!(matches!(error, LinkError::Refused { .. }), "{error:?}");
    // A new key is no new organization.
    let fresh = identity();
    ledger.register(CLINIC, fresh.key());
    let error = Org::new(CLINIC, &ledger, fresh).client().hello(&target).await.unwrap_err();
    assert!(matches!(error, LinkError::Refused { .. }), "{error:?}");
    ledger.register(CLINIC, clinic.identities.keys()[0]);
    // Another one finds a place, and so does the first when it lets one go.
    let (other, shown) = (OrgId([5; 16]), identity());
    ledger.register(other, shown.key());
    assert!(Org::new(other, &ledger, shown).client().hello(&target).await.is_ok());
    drop(held);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(clinic.client().hello(&target).await.is_ok());
}
