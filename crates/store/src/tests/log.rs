//! The event log.

use crate::{EventLog, LogConfig, LogError, Logged};
use commonware_runtime::{
    Runner as _, Supervisor as _,
    buffer::paged::CacheRef,
    deterministic::{self, FaultConfig, PartialWriteMode, WriteConfig},
};
use commonware_utils::{NZU16, NZU64, NZUsize, probability};
use epione_types::{Bytes, Entry, ModuleId, Origin, UnixMs};
use std::ops::Range;

type Context = deterministic::Context;

pub(super) async fn open(context: &Context) -> EventLog<Context> {
    let config = LogConfig {
        partition: "events".to_owned(),
        events_per_file: NZU64!(4),
        page_cache: CacheRef::new(NZU16!(1024), NZUsize!(16)),
        buffer: NZUsize!(1024),
    };
    EventLog::open(context.child("log"), config).await.unwrap()
}

/// The event at a position: of any length, different from every other.
fn event(position: u64) -> Logged {
    let body = vec![u8::try_from(position % 256).unwrap(); usize::try_from(position * 37 % 700).unwrap()];
    let entry = Entry {
        version: Entry::VERSION,
        salt: [u8::try_from(position / 256).unwrap(); 16],
        origin: Origin::Due { height: position / 3 },
        module: ModuleId(3),
        number: 1,
        body: Bytes::new(body).unwrap(),
    };
    Logged { height: position / 3, time: UnixMs(1_000 + position), entry }
}

pub(super) fn events(range: Range<u64>) -> Vec<Logged> {
    range.map(event).collect()
}

#[test]
fn what_is_appended_is_read() {
    deterministic::Runner::default().start(|context| async move {
        let log = open(&context).await;
        assert_eq!(log.size(), 0);
        assert_eq!(log.read(0, 10).await.unwrap(), []);
        let log = log.append(0, events(0..5)).await.unwrap();
        let log = log.append(5, Vec::new()).await.unwrap();
        let log = log.append(5, events(5..23)).await.unwrap();
        assert_eq!(log.size(), 23);
        for (from, count) in [(0, 0), (0, 1), (0, 23), (0, 1_000), (3, 5), (4, 4), (7, 13), (22, 1), (22, 5)] {
            let end = (from + u64::try_from(count).unwrap()).min(23);
            assert_eq!(log.read(from, count).await.unwrap(), events(from..end), "{count} from {from}");
        }
        assert_eq!(log.read(23, 5).await.unwrap(), []);
        assert_eq!(log.read(u64::MAX, 5).await.unwrap(), []);
        assert_eq!(log.read(20, usize::MAX).await.unwrap(), events(20..23));
    });
}

#[test]
fn a_block_can_be_appended_again() {
    deterministic::Runner::default().start(|context| async move {
        let log = open(&context).await.append(0, events(0..10)).await.unwrap();
        let log = log.append(0, events(0..10)).await.unwrap();
        let log = log.append(7, events(7..10)).await.unwrap();
        let log = log.append(3, events(3..4)).await.unwrap();
        assert_eq!(log.size(), 10);
        let log = log.append(7, events(7..12)).await.unwrap();
        assert_eq!(log.size(), 12);
        assert_eq!(log.read(0, 100).await.unwrap(), events(0..12));
    });
}

#[test]
fn a_gap_is_refused() {
    deterministic::Runner::default().start(|context| async move {
        let log = open(&context).await.append(0, events(0..3)).await.unwrap();
        let refused = log.append(4, events(4..6)).await.unwrap_err();
        assert!(matches!(refused, LogError::Gap { end: 3, begin: 4 }), "{refused}");
        let log = open(&context).await;
        assert_eq!(log.size(), 3, "nothing was written");
        let refused = log.append(u64::MAX, Vec::new()).await.unwrap_err();
        assert!(matches!(refused, LogError::Gap { end: 3, .. }), "{refused}");
    });
}

#[test]
fn what_was_appended_survives_a_crash() {
    let ((), checkpoint) = deterministic::Runner::default().start_and_recover(|context| async move {
        let log = open(&context).await.append(0, events(0..9)).await.unwrap();
        drop(log);
    });
    deterministic::Runner::from(checkpoint).start(|context| async move {
        let log = open(&context).await;
        assert_eq!(log.read(0, 100).await.unwrap(), events(0..9));
        let log = log.append(6, events(6..14)).await.unwrap();
        assert_eq!(log.read(0, 100).await.unwrap(), events(0..14));
    });
}

/// A crash in the middle of an append, with any part of what was not synced on the disk.
#[test]
fn an_interrupted_append_can_be_repeated() {
    for seed in 0..24 {
        for (polls, mode) in
            [(1, PartialWriteMode::Prefix), (3, PartialWriteMode::Subset), (9, PartialWriteMode::Prefix)]
        {
            let faults = FaultConfig::default().write(WriteConfig {
                failure_rate: probability!(0.0),
                retention_rate: probability!(0.5),
                mode,
            });
            let config = deterministic::Config::default().with_seed(seed).with_storage_fault_config(faults);
            let runner = deterministic::Runner::new(config);
            let ((), checkpoint) = runner.start_and_recover(|context| async move {
                let log = open(&context).await.append(0, events(0..9)).await.unwrap();
                let mut append = Box::pin(log.append(9, events(9..60)));
                for _ in 0..polls {
                    if futures::poll!(&mut append).is_ready() {
                        break;
                    }
                    commonware_runtime::reschedule().await;
                }
            });
            deterministic::Runner::from(checkpoint).start(|context| async move {
                *context.storage_fault_config().write() = FaultConfig::default();
                let log = open(&context).await;
                let size = log.size();
                assert!((9..=60).contains(&size), "seed {seed}: {size} events");
                assert_eq!(log.read(0, 100).await.unwrap(), events(0..size));
                let log = log.append(9, events(9..60)).await.unwrap();
                assert_eq!(log.read(0, 100).await.unwrap(), events(0..60));
            });
        }
    }
}

/// A disk that fails to sync: the append says so, and what was durable before stays.
#[test]
fn a_failed_append_is_told() {
    let ((), checkpoint) = deterministic::Runner::default().start_and_recover(|context| async move {
        let log = open(&context).await.append(0, events(0..9)).await.unwrap();
        *context.storage_fault_config().write() = FaultConfig::default().sync(probability!(1.0));
        let failed = log.append(9, events(9..12)).await.unwrap_err();
        assert!(matches!(failed, LogError::Engine(_)), "{failed}");
    });
    deterministic::Runner::from(checkpoint).start(|context| async move {
        *context.storage_fault_config().write() = FaultConfig::default();
        let log = open(&context).await;
        let size = log.size();
        assert!((9..=12).contains(&size));
        let log = log.append(9, events(9..12)).await.unwrap();
        assert_eq!(log.read(0, 100).await.unwrap(), events(0..12));
    });
}
