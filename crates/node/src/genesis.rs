//! The genesis file: what the members agreed before the first block, as JSON that people can read and sign off.
//!
//! The file names the chain it founds; reading computes the chain again from the canonical bytes and executes block 1 in
//! memory, so that a wrong file is refused here with a sentence and not by every node later.

use crate::release;
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use epione_cli::Output;
use epione_exec::{BlockInfo, Modules, execute};
use epione_kernel::{MemoryState, Module, Overlay, RawCtx, RawStop, Source, View};
use epione_modules::network;
use epione_types::{
    Bytes, CallId, ChainId, Committee, DurationMs, Genesis, GenesisModule, List, OrgId, PublicKey, Text, UnixMs,
    domain, hash, limits::GENESIS_BYTES_MAX,
};
use epione_verify::Anchor;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{fs, path::Path};

/// Longest genesis file, in bytes: JSON is longer than the canonical form.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// The genesis as it stands in the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GenesisFile {
    /// Version of this form: 1.
    pub(crate) version: u8,
    /// The chain that this genesis founds: the hash of its canonical bytes.
    pub(crate) chain: ChainId,
    /// Name of the consortium.
    pub(crate) name: Text<128>,
    /// The beginning of the chain.
    pub(crate) time: UnixMs,
    /// Random bytes that blind the events of the genesis: 32 hexadecimal digits.
    pub(crate) salt: Bytes<16>,
    /// Whether periods may be shortened for demonstration.
    pub(crate) demo: bool,
    /// Format of the authenticated state that the chain begins with.
    pub(crate) state_format: u16,
    /// Blocks per epoch.
    pub(crate) epoch_blocks: u64,
    /// Per module what it begins with.
    pub(crate) modules: Map<String, Value>,
}

/// What is agreed besides the modules.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// Name of the consortium.
    pub(crate) name: Text<128>,
    /// The beginning of the chain.
    pub(crate) time: UnixMs,
    /// Whether periods may be shortened for demonstration.
    pub(crate) demo: bool,
    /// Blocks per epoch.
    pub(crate) epoch_blocks: u64,
}

/// A genesis that was read and checked.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    /// The file.
    pub(crate) file: GenesisFile,
    /// The canonical form.
    pub(crate) genesis: Genesis,
    /// The state after the genesis.
    pub(crate) state: MemoryState,
    /// Number of events of the genesis.
    pub(crate) event_size: u64,
}

/// The member with this vote key in the genesis.
///
/// # Errors
/// If that member has no root key.
pub(crate) fn owner(checked: &Checked, vote: &PublicKey) -> Result<Option<OrgId>> {
    let found = members(checked).iter().find(|member| text(member, "/keys/vote") == Some(vote.to_string()));
    let root = found.and_then(|member| text(member, "/keys/root"));
    Ok(root.map(|root| root.parse().map(|root| OrgId::from_root(&root))).transpose()?)
}

impl GenesisFile {
    /// A new genesis with a random salt, checked.
    ///
    /// # Errors
    /// If a module refuses its part.
    pub(crate) fn found(modules: Modules, terms: Terms, parts: Map<String, Value>) -> Result<Checked> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| anyhow!("the operating system gives no random bytes: {error}"))?;
        let Terms { name, time, demo, epoch_blocks } = terms;
        let mut file = Self {
            version: Genesis::VERSION,
            chain: ChainId::default(),
            name,
            time,
            salt: Bytes::new(salt.to_vec()).map_err(|_long| anyhow!("a salt is 16 bytes"))?,
            demo,
            state_format: release::state_format(),
            epoch_blocks,
            modules: parts,
        };
        file.chain = file.canonical(modules)?.chain();
        file.check(modules)
    }

    /// Reads and checks the genesis in `path`.
    ///
    /// # Errors
    /// If the file cannot be read, a field is missing, unknown or wrong, the chain is not that of the contents, or a
    /// module refuses its part.
    pub(crate) fn load(modules: Modules, path: &Path) -> Result<Checked> {
        Self::read(path)?.check(modules).with_context(|| format!("genesis {}", path.display()))
    }

    /// Reads the file in `path`; what it says is not checked.
    fn read(path: &Path) -> Result<Self> {
        let at = || format!("genesis {}", path.display());
        let len = fs::metadata(path).with_context(at)?.len();
        ensure!(len <= FILE_BYTES_MAX, "{}: {len} bytes are above the limit of {FILE_BYTES_MAX}", at());
        let text = fs::read_to_string(path).with_context(at)?;
        serde_json::from_str(&text).with_context(at)
    }

    /// The members.
    fn members(&self) -> &[Value] {
        let members = self.modules.get("network").and_then(|part| part.get("members")).and_then(Value::as_array);
        members.map_or(&[], Vec::as_slice)
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> Result<String> {
        Ok(format!("{}\n", serde_json::to_string_pretty(self)?))
    }

    /// The canonical form; the parts in the order of the modules.
    fn canonical(&self, modules: Modules) -> Result<Genesis> {
        if let Some(unknown) = self.modules.keys().find(|name| modules.iter().all(|module| module.name() != *name)) {
            bail!("`modules.{unknown}`: this release has no such module");
        }
        let mut parts = List::default();
        for module in modules {
            let Some(part) = self.modules.get(module.name()) else { continue };
            let body = module
                .genesis_from_json(part.clone())
                .with_context(|| format!("`modules.{}` does not fit", module.name()))?;
            let body = Bytes::new(body).map_err(|_long| anyhow!("`modules.{}` is too long", module.name()))?;
            parts
                .push(GenesisModule { module: module.id(), body })
                .map_err(|_full| anyhow!("`modules` has more parts than a genesis may have"))?;
        }
        Ok(Genesis {
            version: self.version,
            state_format: self.state_format,
            name: self.name.clone(),
            time: self.time,
            salt: <[u8; 16]>::try_from(&*self.salt).context("`salt` is not 32 hexadecimal digits")?,
            demo: self.demo,
            epoch_blocks: self.epoch_blocks,
            modules: parts,
        })
    }

    /// The canonical form, if its hash is the chain that the file names.
    fn own_canonical(&self, modules: Modules) -> Result<Genesis> {
        let genesis = self.canonical(modules)?;
        let chain = genesis.chain();
        ensure!(
            self.chain == chain,
            "`chain` is {}, but the contents are those of {chain}: the file was changed",
            self.chain
        );
        Ok(genesis)
    }

    fn check(self, modules: Modules) -> Result<Checked> {
        ensure!(
            self.version == Genesis::VERSION,
            "`version` {}: this release reads {}",
            self.version,
            Genesis::VERSION
        );
        let own = release::state_format();
        ensure!(
            self.state_format <= own,
            "`state_format` {}: this release keeps the state in format {own}; install a later one",
            self.state_format
        );
        ensure!(
            self.epoch_blocks >= Genesis::EPOCH_BLOCKS_MIN,
            "`epoch_blocks` is below {}",
            Genesis::EPOCH_BLOCKS_MIN
        );
        let genesis = self.own_canonical(modules)?;
        let len = epione_types::encode(&genesis).len();
        ensure!(len <= GENESIS_BYTES_MAX, "the canonical form has {len} bytes; {GENESIS_BYTES_MAX} are the limit");
        begin(modules, &genesis)?;
        let (state, event_size) = first_block(modules, &genesis)?;
        Ok(Checked { file: self, genesis, state, event_size })
    }
}

/// Whether every module accepts its part. Execution itself would stop the process if one did not.
fn begin(modules: Modules, genesis: &Genesis) -> Result<()> {
    let mut state = MemoryState::default();
    for part in genesis.modules.iter() {
        let Some(module) = epione_exec::module(modules, part.module) else { continue };
        state.apply(&init(module, part, &state, genesis)?);
    }
    Ok(())
}

fn init(module: &dyn Module, part: &GenesisModule, state: &MemoryState, genesis: &Genesis) -> Result<Overlay> {
    let call = hash(domain::CALL_ID, &[&genesis.chain().0, &part.module.0.to_le_bytes()]);
    let (now, demo) = (first_time(genesis), genesis.demo);
    let none = Overlay::default();
    let source =
        Source { call: CallId(call.0), salt: genesis.salt, now, height: 1, demo, state_format: genesis.state_format };
    let mut ctx = RawCtx::new(View::over(state, &none, &none), source);
    match module.init(&mut ctx, &part.body)? {
        Ok(()) => Ok(ctx.finish().0),
        Err(RawStop::Missing(missing)) => bail!("`modules.{}` reads {missing:?}", module.name()),
        Err(RawStop::Reject((code, text))) => {
            let name = module.surface().rejects.iter().find(|reject| reject.code == code).map(|reject| reject.name);
            bail!("`modules.{}` is refused, {} (code {code}): {text}", module.name(), name.unwrap_or("unknown"))
        }
    }
}

/// Executes block 1 as every node will, and checks the laws of the modules on the result.
fn first_block(modules: Modules, genesis: &Genesis) -> Result<(MemoryState, u64)> {
    let info = BlockInfo::of(genesis, genesis.chain(), (1, first_time(genesis)), None);
    let mut state = MemoryState::default();
    let outcome = execute(modules, info, genesis, &state, &[])?;
    state.apply(&outcome.writes);
    for module in modules {
        for law in module.laws() {
            (law.holds)(&state).map_err(|broken| anyhow!("the law {} does not hold: {broken}", law.id))?;
        }
    }
    Ok((state, outcome.event_size))
}

fn first_time(genesis: &Genesis) -> UnixMs {
    genesis.time.after(DurationMs(1))
}

/// `epione genesis show`: the chain, the terms and the members.
pub(crate) fn show(modules: Modules, path: &Path, out: &mut Output) -> Result<()> {
    let checked = GenesisFile::load(modules, path)?;
    let members = checked.file.modules.get("network").and_then(|part| part.get("members")).cloned();
    out.result(&json!({
        "chain": checked.file.chain,
        "name": checked.file.name,
        "time": checked.file.time,
        "demo": checked.file.demo,
        "epoch_blocks": checked.file.epoch_blocks,
        "committee": committee(&checked)?.keys,
        "events": checked.event_size,
        "members": members,
    }))?;
    Ok(())
}

/// The validators with which the chain begins.
///
/// # Errors
/// If the genesis has no `network`.
pub(crate) fn committee(checked: &Checked) -> Result<Committee> {
    network::committee(&View::new(&checked.state))
        .map_err(|missing| anyhow!("the genesis has no committee: {missing:?}"))
}

/// What a verifier of receipts knows of a chain: the genesis in `path` is checked against the chain that it names and not
/// executed, so that every later release can do it, whatever the rules became and in whatever format it keeps a state. The parts of a
/// genesis never get another field: the archives of earlier releases hold the program to it.
///
/// # Errors
/// If the file cannot be read, is not that of its chain, or names no founding validators.
pub(crate) fn anchor(modules: Modules, path: &Path) -> Result<Anchor> {
    let at = || format!("genesis {}", path.display());
    let file = GenesisFile::read(path)?;
    let genesis = file.own_canonical(modules).with_context(at)?;
    let mut keys = Vec::new();
    for member in file.members().iter().filter(|member| text(member, "/role").as_deref() == Some("validator")) {
        let key = text(member, "/keys/vote").with_context(at)?;
        keys.push(key.parse().with_context(at)?);
    }
    keys.sort_unstable();
    let keys = List::new(keys).map_err(|_more| anyhow!("{}: more validators than there may be", at()))?;
    Ok(Anchor::of(&genesis, Committee { keys }))
}

/// The members as the genesis has them.
pub(crate) fn members(checked: &Checked) -> &[Value] {
    checked.file.members()
}

fn text(member: &Value, pointer: &str) -> Option<String> {
    member.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

/// The vote key and published address of each member that runs a node.
///
/// # Errors
/// If the genesis has no `network`, or an address without a key.
pub(crate) fn nodes(checked: &Checked) -> Result<Vec<(PublicKey, String)>> {
    ensure!(!members(checked).is_empty(), "the genesis has no members");
    let mut nodes = Vec::new();
    for member in members(checked) {
        let Some(address) = text(member, "/addresses/consensus") else { continue };
        let Some(key) = text(member, "/keys/vote") else { continue };
        nodes.push((key.parse()?, address));
    }
    Ok(nodes)
}
