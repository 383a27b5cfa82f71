//! Table tests of modules: one row per call, the last column is the expected result.
//!
//! ```text
//! by     | call    | fields                           | result
//! lab    | commit  | {"commitment": "$a", "kind": …}  | ok n1
//! clinic | reveal  | {"id": "$n1", …}                 | NotOwner
//! -      | +5 min  |                                  |
//! ```
//! `ok n1` names the `id` of the first event the call emitted; `$n1` stands for it in later rows. `+5 min` lets time pass
//! and does what falls due. `network.vote` is a call of another module, one that was added by [`World::require`]. After
//! every row all laws of the modules are checked.
//!
//! A signer that one of the modules knows stands as that module says, as on a chain: with a key that is not its own the
//! result is `wrong-key`, and a call that is closed to a suspended organization has the result `suspended`.

mod borders;
mod words;

use words::{duration, fail, first_id};

use crate::{
    Agenda, CallContext, Dice, Domain, Hosted, MemoryState, Module, Numbered as _, NumberedReject as _, Overlay,
    RawCtx, RawEvent, RawStop, Rights, Signer, Source, Standing, View,
};
use epione_types::{CallId, DurationMs, Hash, ModuleId, OrgId, PublicKey, SignerId, SigningKey, UnixMs};
use serde_json::Value;
use std::collections::BTreeMap;

/// A state, actors and names for table tests of module `D`.
#[derive(Debug)]
pub struct World<D: Domain> {
    /// The whole state.
    pub state: MemoryState,
    /// Block time.
    pub now: UnixMs,
    /// Height of the block.
    pub height: u64,
    /// The epoch.
    pub epoch: u64,
    /// Who can act, by name.
    pub actors: BTreeMap<String, Signer>,
    /// What `$name` stands for.
    pub names: BTreeMap<String, String>,
    /// Names of the rejects that were produced.
    pub rejects: Vec<&'static str>,
    /// Whether the genesis permits shortened periods.
    pub demo: bool,
    calls: u64,
    module: Hosted<D>,
    required: Vec<&'static dyn Module>,
}

/// The signing key of whoever is called `name` in tests.
#[must_use]
pub fn signing_key(name: &str) -> SigningKey {
    SigningKey::from_seed(Hash::sha256(&[b"signing key", name.as_bytes()]).0)
}

impl<D: Domain> Default for World<D> {
    fn default() -> Self {
        Self {
            state: MemoryState::default(),
            now: UnixMs(1_800_000_000_000),
            height: 1,
            epoch: 0,
            actors: BTreeMap::new(),
            names: BTreeMap::new(),
            rejects: Vec::new(),
            demo: false,
            calls: 0,
            module: Hosted::new(),
            required: Vec::new(),
        }
    }
}

impl<D: Domain> World<D> {
    /// A state with the module's genesis `genesis`.
    ///
    /// # Panics
    /// If the module refuses it.
    #[must_use]
    pub fn with_genesis(genesis: &D::Genesis) -> Self {
        let mut world = Self::default();
        if let Err(reject) = world.try_genesis(genesis) {
            fail(&format!("the genesis is refused: {reject}"));
        }
        world
    }

    /// Begins with `genesis`.
    ///
    /// # Errors
    /// Name of the reject if the module refuses it; the state is then as before.
    pub fn try_genesis(&mut self, genesis: &D::Genesis) -> Result<(), &'static str> {
        let module = Hosted::<D>::new();
        self.begin(&module, &epione_types::encode(genesis)).map_err(|code| self.reject(code))
    }

    /// Adds a module that `D` requires, with the canonical bytes of its genesis. Its calls are `name.call` in tables.
    ///
    /// # Panics
    /// If the module refuses the genesis.
    pub fn require(&mut self, module: &'static dyn Module, genesis: &[u8]) {
        if let Err(code) = self.begin(module, genesis) {
            fail(&format!("{} refuses the genesis with code {code}", module.name()));
        }
        self.required.push(module);
    }

    fn begin(&mut self, module: &dyn Module, genesis: &[u8]) -> Result<(), u32> {
        let (none, state) = (Overlay::default(), self.state.clone());
        let mut ctx = RawCtx::new(View::over(&state, &none, &none), self.source());
        match module.init(&mut ctx, genesis) {
            Ok(Ok(())) => self.state.apply(&ctx.finish().0),
            Ok(Err(RawStop::Reject((code, _)))) => return Err(code),
            refused => fail(&format!("the genesis does not decode: {refused:?}")),
        }
        Ok(())
    }

    /// Adds an organization that acts under `name`.
    pub fn org(&mut self, name: &str) -> OrgId {
        let org = OrgId(Hash::sha256(&[name.as_bytes()]).truncated());
        self.actor(name, SignerId::Organization(org), Rights { org, root: false, suspended: false });
        org
    }

    /// Adds an actor with a key derived from its name, and `$name` for its identifier.
    pub fn actor(&mut self, name: &str, id: SignerId, rights: Rights) {
        self.actor_with_key(name, id, rights, PublicKey::Ed25519(Hash::sha256(&[b"key", name.as_bytes()]).0));
    }

    /// Adds an actor with a key, and `$name` for its identifier. The rights matter only to modules that do not know it.
    pub fn actor_with_key(&mut self, name: &str, id: SignerId, rights: Rights, key: PublicKey) {
        self.actors.insert(name.to_owned(), Signer { id, key, rights });
        self.names.insert(name.to_owned(), id.to_string());
    }

    /// Runs the rows of `table`.
    ///
    /// # Panics
    /// If a result is not the expected one, or a law does not hold: with the row.
    #[track_caller]
    pub fn check(&mut self, table: &str) {
        for row in table.lines().map(str::trim).filter(|row| !row.is_empty() && !row.starts_with('#')) {
            let cells: Vec<&str> = row.split(" | ").map(|cell| cell.trim().trim_end_matches('|').trim()).collect();
            let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
            if cell(0) == "by" {
                continue;
            }
            if let Some(wait) = cell(1).strip_prefix('+') {
                self.pass(duration(wait));
            } else {
                let found = self.row(cell(0), cell(1), cell(2), cell(3));
                let expected = cell(3).split_whitespace().next().unwrap_or_default();
                if found != expected {
                    fail(&format!("row `{row}`: the result is {found}"));
                }
            }
            self.laws(row);
        }
    }

    /// Checks that the tables so far produced every reject of the module.
    ///
    /// # Panics
    /// With the first reject that no row produced.
    #[track_caller]
    pub fn all_rejects_seen(&self) {
        for reject in D::Reject::all() {
            if !self.rejects.contains(&reject.name()) {
                fail(&format!("no row produced the reject {reject:?}"));
            }
        }
    }

    /// Lets time pass and does what falls due.
    pub fn pass(&mut self, time: DurationMs) {
        self.now = self.now.after(time);
        self.height = self.height.saturating_add(1);
        loop {
            let state = self.state.clone();
            let none = Overlay::default();
            let mut ctx = RawCtx::new(View::over(&state, &none, &none), self.source());
            let Ok(Some(item)) = Agenda::pop(&mut ctx, self.now) else {
                return;
            };
            let (popped, _) = ctx.finish();
            let mut ctx = RawCtx::new(View::over(&state, &none, &popped), self.source());
            let done = match self.required_module(item.module) {
                Some(module) => module.due(&mut ctx, &item),
                None => self.module.due(&mut ctx, &item),
            };
            if done.is_err() {
                fail("a row is missing in a whole state");
            }
            self.state.apply(&popped);
            self.state.apply(&ctx.finish().0);
        }
    }

    /// Makes one call as `by`; its events, or the reject.
    ///
    /// # Errors
    /// Name of the reject, or `wrong-key` or `suspended` if the signer may not make it.
    pub fn call(&mut self, by: &Signer, number: u16, body: &[u8]) -> Result<Vec<RawEvent>, &'static str> {
        self.call_of(&Hosted::<D>::new(), by, number, body).map_err(|stop| match stop {
            Refused::Signer(name) => name,
            Refused::Reject(code) => self.reject(code),
        })
    }

    /// Makes one call of a module that was added by [`World::require`].
    ///
    /// # Errors
    /// Name of the reject, or `wrong-key` or `suspended` if the signer may not make it.
    pub fn call_required(
        &mut self,
        module: ModuleId,
        by: &Signer,
        number: u16,
        body: &[u8],
    ) -> Result<Vec<RawEvent>, &'static str> {
        let Some(module) = self.required_module(module) else { fail(&format!("module {module} was not added")) };
        self.call_of(module, by, number, body).map_err(|stop| match stop {
            Refused::Signer(name) => name,
            Refused::Reject(code) => {
                let found = module.surface().rejects.iter().find(|reject| reject.code == code);
                found.map_or("unknown", |reject| reject.name)
            }
        })
    }

    fn call_of(
        &mut self,
        module: &dyn Module,
        by: &Signer,
        number: u16,
        body: &[u8],
    ) -> Result<Vec<RawEvent>, Refused> {
        self.calls = self.calls.saturating_add(1);
        match module.check(number, body) {
            Ok(Ok(())) => {}
            Ok(Err((code, _))) => return Err(Refused::Reject(code)),
            Err(error) => fail(&format!("call {number} does not decode: {error}")),
        }
        let by = self.standing(by)?;
        if by.rights.suspended && !module.while_suspended(number) {
            return Err(Refused::Signer("suspended"));
        }
        let (state, none) = (self.state.clone(), Overlay::default());
        let mut ctx = RawCtx::new(View::over(&state, &none, &none), self.source());
        match module.apply(&mut ctx, &CallContext { by: &by, call: number, body }) {
            Ok(()) => {
                let (writes, events) = ctx.finish();
                self.state.apply(&writes);
                Ok(events)
            }
            Err(RawStop::Reject((code, _))) => Err(Refused::Reject(code)),
            Err(RawStop::Missing(_)) => fail("a row is missing in a whole state"),
        }
    }

    /// The signer as the modules know it; as it was added if none does.
    fn standing(&self, by: &Signer) -> Result<Signer, Refused> {
        let own: &dyn Module = &self.module;
        for module in self.required.iter().copied().chain([own]) {
            match module.standing(View::new(&self.state), &by.id, &by.key) {
                Ok(Standing::Unknown) => {}
                Ok(Standing::WrongKey) => return Err(Refused::Signer("wrong-key")),
                Ok(Standing::Active(rights)) => return Ok(Signer { rights, ..*by }),
                Err(_) => fail("a row is missing in a whole state"),
            }
        }
        Ok(*by)
    }

    fn required_module(&self, id: ModuleId) -> Option<&'static dyn Module> {
        self.required.iter().copied().find(|module| module.id() == id)
    }

    /// Makes `count` generated calls by random actors, letting time pass between them; the laws hold after each.
    ///
    /// # Panics
    /// If a law does not hold: with the seed.
    pub fn random_walk(&mut self, seed: u64, count: usize) -> usize {
        let mut dice = Dice::new(seed);
        let actors: Vec<Signer> = self.actors.values().copied().collect();
        let mut accepted = 0_usize;
        for _ in 0..count {
            let Some(by) = dice.pick(&actors).copied() else { break };
            let Some(call) = D::plausible(&self.state, &by.id, self.now, &mut dice) else { continue };
            if self.call(&by, call.number(), &call.body()).is_ok() {
                accepted = accepted.saturating_add(1);
            }
            let wait = dice.below(60_000);
            self.pass(DurationMs(wait));
            if dice.below(16) == 0 {
                self.end_epoch();
            }
            self.laws(&format!("seed {seed}, {call:?}"));
        }
        accepted
    }

    fn row(&mut self, by: &str, call: &str, fields: &str, expected: &str) -> String {
        let Some(by) = self.actors.get(by).copied() else { fail(&format!("there is no actor `{by}`")) };
        let own = Hosted::<D>::new();
        let (module, call): (&dyn Module, &str) = match call.split_once('.') {
            Some((name, call)) => match self.required.iter().find(|module| module.name() == name) {
                Some(module) => (*module, call),
                None => fail(&format!("module `{name}` was not added")),
            },
            None => (&own, call),
        };
        let number = match module.surface().calls.iter().find(|known| known.item.item.name == call) {
            Some(known) => known.item.item.number,
            None => fail(&format!("there is no call `{call}`")),
        };
        let fields = self.substitute(fields);
        let json: Value = match serde_json::from_str(&fields) {
            Ok(json) => json,
            Err(error) => fail(&format!("`{fields}` is not JSON: {error}")),
        };
        let body = match module.call_from_json(number, json) {
            Ok(body) => body,
            Err(error) => fail(&format!("`{fields}` does not fit `{call}`: {error}")),
        };
        let made = match self.required_module(module.id()) {
            Some(_) => self.call_required(module.id(), &by, number, &body),
            None => self.call(&by, number, &body),
        };
        match made {
            Ok(events) => {
                if let Some(name) = expected.strip_prefix("ok ") {
                    self.names.insert(name.trim().to_owned(), first_id(module, &events));
                }
                "ok".to_owned()
            }
            Err(name) => name.to_owned(),
        }
    }

    /// Replaces every `$name`, longest names first.
    fn substitute(&self, text: &str) -> String {
        let mut names: Vec<(&String, &String)> = self.names.iter().collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        names.into_iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
    }

    fn reject(&mut self, code: u32) -> &'static str {
        let number = u16::try_from(code & 0xffff).unwrap_or(0);
        let Some(reject) = D::Reject::all().into_iter().find(|reject| reject.number() == number) else {
            fail(&format!("code {code} is not a reject of the module"))
        };
        self.rejects.push(reject.name());
        reject.name()
    }

    fn laws(&self, after: &str) {
        for law in self.required.iter().flat_map(|module| module.laws()).chain(D::laws()) {
            if let Err(contradiction) = (law.holds)(&self.state) {
                fail(&format!("after `{after}`: {} does not hold: {contradiction}", law.id));
            }
        }
    }

    fn source(&self) -> Source {
        let call = CallId(Hash::sha256(&[b"call", &self.calls.to_le_bytes()]).0);
        Source { call, salt: [7; 16], now: self.now, height: self.height, demo: self.demo, state_format: 1 }
    }
}

/// Why a call did not go through.
enum Refused {
    /// The signer may not make it.
    Signer(&'static str),
    /// A rule refuses it, with this code.
    Reject(u32),
}
