//! The deterministic runtime as one node sees it: with a clock that is ahead or behind, and a panic of any task ends the
//! whole node, as it ends the process of a real one.

use commonware_runtime::{
    BlobVersion, Clock, Error, Handle, Metrics, Name, Spawner, Storage, Supervisor, deterministic,
    signal::Signal,
    telemetry::metrics::{Metric, Registered},
};
use epione_types::UnixMs;
use futures::FutureExt as _;
use governor::clock::{Clock as RateClock, ReasonablyRealtime};
use rand_core::{TryCryptoRng, TryRng};
use std::{
    convert::Infallible,
    future::Future,
    ops::RangeInclusive,
    panic::{AssertUnwindSafe, resume_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};
use tokio::sync::oneshot;

/// What all clocks show when a simulation begins, in milliseconds since 1970; the runtime's own begins at zero.
pub const BEGIN_MS: u64 = 1_800_000_000_000;

/// A context whose clock shows something else than the others'.
pub struct Skewed {
    inner: deterministic::Context,
    /// What this clock shows when the runtime's shows zero.
    begin: Duration,
    alarm: Alarm,
}

/// Tells the first panic of a node's tasks.
type Alarm = Arc<Mutex<Option<oneshot::Sender<()>>>>;

impl std::fmt::Debug for Skewed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Skewed").field("begin", &self.begin).finish_non_exhaustive()
    }
}

impl Skewed {
    /// `inner` with a clock that is ahead by `ahead_ms`, and what resolves when a task of it panics.
    #[must_use]
    pub fn new(inner: deterministic::Context, ahead_ms: i64) -> (Self, oneshot::Receiver<()>) {
        let begin = Duration::from_millis(BEGIN_MS.saturating_add_signed(ahead_ms));
        let (sender, panicked) = oneshot::channel();
        (Self { inner, begin, alarm: Arc::new(Mutex::new(Some(sender))) }, panicked)
    }

    /// What this clock shows.
    #[must_use]
    pub fn shows(&self) -> UnixMs {
        let since = self.current().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        UnixMs(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// The same with a clock that is further ahead.
    #[must_use]
    pub fn ahead(self, by: Duration) -> Self {
        Self { begin: self.begin + by, ..self }
    }

    fn with(&self, inner: deterministic::Context) -> Self {
        Self { inner, begin: self.begin, alarm: Arc::clone(&self.alarm) }
    }
}

impl Supervisor for Skewed {
    fn name(&self) -> Name {
        self.inner.name()
    }

    fn child(&self, label: &'static str) -> Self {
        self.with(self.inner.child(label))
    }

    fn with_attribute(self, key: &'static str, value: impl std::fmt::Display) -> Self {
        Self { inner: self.inner.with_attribute(key, value), begin: self.begin, alarm: self.alarm }
    }
}

impl Spawner for Skewed {
    fn dedicated(self) -> Self {
        Self { inner: self.inner.dedicated(), begin: self.begin, alarm: self.alarm }
    }

    fn shared(self, blocking: bool) -> Self {
        Self { inner: self.inner.shared(blocking), begin: self.begin, alarm: self.alarm }
    }

    fn spawn<F, Fut, T>(self, f: F) -> Handle<T>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let (begin, alarm) = (self.begin, self.alarm);
        self.inner.spawn(move |inner| {
            let task = f(Self { inner, begin, alarm: Arc::clone(&alarm) });
            async move {
                AssertUnwindSafe(task).catch_unwind().await.unwrap_or_else(|panic| {
                    let waiting = alarm.lock().unwrap_or_else(PoisonError::into_inner).take();
                    // Nobody waits if the node is ending already.
                    waiting.map(|waiting| waiting.send(()));
                    resume_unwind(panic)
                })
            }
        })
    }

    fn stop(self, value: i32, timeout: Option<Duration>) -> impl Future<Output = Result<(), Error>> + Send {
        self.inner.stop(value, timeout)
    }

    fn stopped(&self) -> Signal {
        self.inner.stopped()
    }
}

impl Metrics for Skewed {
    fn register<N: Into<String>, H: Into<String>, M: Metric>(&self, name: N, help: H, metric: M) -> Registered<M> {
        self.inner.register(name, help, metric)
    }

    fn encode(&self) -> String {
        self.inner.encode()
    }
}

impl Clock for Skewed {
    fn current(&self) -> SystemTime {
        self.inner.current() + self.begin
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.inner.sleep(duration)
    }

    fn sleep_until(&self, deadline: SystemTime) -> impl Future<Output = ()> + Send + 'static + use<> {
        let deadline = deadline.checked_sub(self.begin).unwrap_or(SystemTime::UNIX_EPOCH);
        self.inner.sleep_until(deadline)
    }
}

impl RateClock for Skewed {
    type Instant = SystemTime;

    fn now(&self) -> SystemTime {
        self.current()
    }
}

impl ReasonablyRealtime for Skewed {}

impl TryRng for Skewed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.inner.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.inner.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.inner.try_fill_bytes(bytes)
    }
}

impl TryCryptoRng for Skewed {}

impl Storage for Skewed {
    type Blob = <deterministic::Context as Storage>::Blob;

    async fn open_versioned(
        &self,
        partition: &str,
        name: &[u8],
        versions: RangeInclusive<BlobVersion>,
    ) -> Result<(Self::Blob, u64, BlobVersion), Error> {
        self.inner.open_versioned(partition, name, versions).await
    }

    async fn remove(&self, partition: &str, name: Option<&[u8]>) -> Result<(), Error> {
        self.inner.remove(partition, name).await
    }

    async fn scan(&self, partition: &str) -> Result<Vec<Vec<u8>>, Error> {
        self.inner.scan(partition).await
    }
}
