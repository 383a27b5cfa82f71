//! Counts what nodes refuse, by what they log: that they refused a block, and why, is known to nobody else.

use std::{
    collections::BTreeMap,
    env,
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError},
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::filter_fn,
    fmt,
    layer::{Context, SubscriberExt as _},
    registry,
};

/// What is logged with a refused block, and which field says why: by the ledger, and by the engine of one that is none.
const MESSAGES: [(&str, &str); 2] = [("refused an invalid block", "reason"), ("failed to decode message", "err")];

/// Reasons for refusals, with their number. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refusals(Arc<Mutex<BTreeMap<String, u64>>>);

impl Refusals {
    /// What was counted.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What counts while it is the subscriber, and also prints what `RUST_LOG` asks for.
    pub(crate) fn subscriber(&self) -> impl Subscriber + use<> {
        let printed = env::var_os(EnvFilter::DEFAULT_ENV)
            .map(|_| fmt::layer().with_test_writer().with_filter(EnvFilter::from_default_env()));
        let warnings = filter_fn(|metadata: &Metadata<'_>| *metadata.level() == Level::WARN);
        registry().with(self.clone().with_filter(warnings)).with(printed)
    }
}

/// The fields of an event that say what was refused.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl<S: Subscriber> Layer<S> for Refusals {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let said = fields.0.get("message").map_or("", String::as_str);
        let Some((_, field)) = MESSAGES.iter().find(|(message, _)| *message == said) else { return };
        if let Some(reason) = fields.0.remove(field) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(reason).or_default() += 1;
        }
    }
}
