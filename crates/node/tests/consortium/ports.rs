//! Ports that no other test takes, in this process or another.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::atomic::{AtomicU16, Ordering},
};

/// The blocks lie below the ports that systems give to outgoing connections, so that none of those is in the way.
const FIRST: u16 = 20_000;
const BLOCK: u16 = 16;
const BLOCKS: u16 = 700;

/// A block of ports. The first is listened on as long as this lives: whoever wants the block, too, cannot.
pub(crate) struct Ports {
    lock: TcpListener,
}

impl Ports {
    /// Takes a block.
    pub(crate) fn take() -> Self {
        static TAKEN: AtomicU16 = AtomicU16::new(0);
        // Processes and tests begin at different places, so that they seldom meet.
        let begin = u64::from(std::process::id()) * 37 + u64::from(TAKEN.fetch_add(1, Ordering::Relaxed)) * 11;
        let begin = u16::try_from(begin % u64::from(BLOCKS)).unwrap();
        let blocks = (0..BLOCKS).map(|at| FIRST + (begin + at) % BLOCKS * BLOCK);
        blocks.into_iter().find_map(Self::block).expect("a block of free ports")
    }

    fn block(first: u16) -> Option<Self> {
        let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok();
        let lock = bind(first)?;
        (first + 1..first + BLOCK).all(|port| bind(port).is_some()).then_some(Self { lock })
    }

    /// The first of fifteen ports that are free.
    pub(crate) fn base(&self) -> u16 {
        self.lock.local_addr().unwrap().port() + 1
    }
}
