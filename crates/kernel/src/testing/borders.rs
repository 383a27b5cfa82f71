//! What happens to all modules at once: the end of an epoch, another format of the state.

use super::{World, words::fail};
use crate::{Domain, Hosted, Missing, Module, Overlay, RawCtx, RawEvent, View};
use epione_types::Upgrade;

impl<D: Domain> World<D> {
    /// Ends an epoch, and with it the block.
    pub fn end_epoch(&mut self) {
        self.height = self.height.saturating_add(1);
        self.epoch = self.epoch.saturating_add(1);
        let next = self.epoch;
        let _events = self.everywhere(|module, ctx| module.epoch_ends(ctx, next));
    }

    /// Passes into another format of the state; the events of that.
    pub fn upgrade(&mut self, upgrade: &Upgrade) -> Vec<RawEvent> {
        self.everywhere(|module, ctx| module.upgraded(ctx, upgrade))
    }

    /// Has every module do something; the events of it.
    fn everywhere(&mut self, run: impl Fn(&dyn Module, &mut RawCtx<'_>) -> Result<(), Missing>) -> Vec<RawEvent> {
        let own = Hosted::<D>::new();
        let own: &dyn Module = &own;
        let mut all = Vec::new();
        for module in self.required.clone().into_iter().chain([own]) {
            let (none, state) = (Overlay::default(), self.state.clone());
            let mut ctx = RawCtx::new(View::over(&state, &none, &none), self.source());
            if run(module, &mut ctx).is_err() {
                fail("a row is missing in a whole state");
            }
            let (writes, events) = ctx.finish();
            self.state.apply(&writes);
            all.extend(events);
        }
        all
    }
}
