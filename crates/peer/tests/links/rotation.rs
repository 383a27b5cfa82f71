//! A key is replaced while requests go on, in both directions, without one that fails.

use crate::support::{CLINIC, HOSPITAL, Ledger, Org, ask, identity, pair};
use epione_peer::{Identity, LinkError};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

const STEP: Duration = Duration::from_millis(150);

/// Two organizations with views of the ledger of their own, and how each is asked by the other.
struct Both {
    hospital: Org,
    clinic: Org,
}

impl Both {
    fn new() -> Self {
        let (hospital, clinic) = (identity(), identity());
        let views = [Ledger::default(), Ledger::default()];
        for view in &views {
            view.register(HOSPITAL, hospital.key());
            view.register(CLINIC, clinic.key());
        }
        Self { hospital: Org::new(HOSPITAL, &views[0], hospital), clinic: Org::new(CLINIC, &views[1], clinic) }
    }
}

/// Replaces the key of the hospital: `first` sees the block before `second` does.
async fn rotate(hospital: &Org, old: Identity, first: &Ledger, second: &Ledger) {
    let new = identity();
    let key = new.key();
    tokio::time::sleep(STEP).await;
    hospital.identities.replace(vec![old, new.clone()]);
    tokio::time::sleep(STEP).await;
    first.register(HOSPITAL, key);
    tokio::time::sleep(STEP).await;
    second.register(HOSPITAL, key);
    tokio::time::sleep(STEP).await;
    hospital.identities.replace(vec![new]);
    tokio::time::sleep(STEP).await;
}

/// Asks without pause until told to stop; how many were answered. None may fail.
async fn keep_asking(from: &Org, to: epione_peer::Target, stop: Arc<AtomicBool>) -> u64 {
    let (client, answered) = (from.client(), AtomicU64::new(0));
    let asking = async || {
        while !stop.load(Ordering::Relaxed) {
            // On connections that are kept, and on new ones.
            assert_eq!(ask(&client, &to, "/active").await.unwrap(), (200, "more".to_owned()));
            assert_eq!(from.client().hello(&to).await.unwrap().caller.org, from.org);
            answered.fetch_add(2, Ordering::Relaxed);
        }
    };
    tokio::join!(asking(), asking(), asking());
    answered.into_inner()
}

async fn rotates_without_a_failed_request(order: impl Fn(&Both) -> [Ledger; 2]) {
    let mut both = Both::new();
    let old = identity();
    for view in [&both.hospital.ledger, &both.clinic.ledger] {
        view.register(HOSPITAL, old.key());
    }
    both.hospital = Org::new(HOSPITAL, &both.hospital.ledger, old.clone());
    let (at_hospital, at_clinic) = (both.hospital.serve().await, both.clinic.serve().await);
    let stop = Arc::new(AtomicBool::new(false));
    let [first, second] = order(&both);
    let rotating = async {
        rotate(&both.hospital, old, &first, &second).await;
        stop.store(true, Ordering::Relaxed);
    };
    let ((), asked, was_asked) = tokio::join!(
        rotating,
        keep_asking(&both.hospital, at_clinic, Arc::clone(&stop)),
        keep_asking(&both.clinic, at_hospital, Arc::clone(&stop)),
    );
    assert!(asked > 20 && was_asked > 20, "{asked} {was_asked}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_one_that_rotates_sees_the_block_first() {
    Box::pin(rotates_without_a_failed_request(|both| [both.hospital.ledger.clone(), both.clinic.ledger.clone()])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_one_sees_the_block_first() {
    Box::pin(rotates_without_a_failed_request(|both| [both.clinic.ledger.clone(), both.hospital.ledger.clone()])).await;
}

#[tokio::test]
async fn a_key_that_was_replaced_is_refused_at_once() {
    let (ledger, _hospital, clinic, target) = pair().await;
    let client = clinic.client();
    assert_eq!(ask(&client, &target, "/active").await.unwrap().0, 200);
    let new = identity();
    ledger.register(CLINIC, new.key());
    // The new key was not loaded: there is nothing that the other side accepts.
    let error = ask(&client, &target, "/active").await.unwrap_err();
    assert!(matches!(error, LinkError::Refused { .. }), "{error:?}");
    clinic.identities.replace(vec![new]);
    assert_eq!(ask(&client, &target, "/active").await.unwrap().0, 200);
}
