//! `epione org new`: what an organization needs to enter a consortium that exists.
//!
//! ```text
//! D/genesis.json      that of the consortium
//! D/node.toml         configuration of its node, unless it runs none
//! D/keys/root.key     keys of the organization, each readable by its owner only
//! D/keys/tls/1.pem    certificate of its node for links to others, with its key 1.key
//! D/admission.json    what a member proposes: the organization, and the signatures of its keys over it
//! ```
//! Nothing is ever overwritten. `admission.json` is written last.

use super::{
    GENESIS, Spec,
    draft::{Draft, Layout, NodeAddresses, Reach, write_new},
};
use crate::genesis::{self, Checked, GenesisFile};
use anyhow::{Context as _, Result, ensure};
use epione_cli::{Output, draft, keys::Protection};
use epione_exec::Modules;
use epione_modules::network::{Member, admission_message};
use epione_types::Signature;
use serde_json::{Value, json};
use std::{fs, net::SocketAddr, path::PathBuf};

/// Name of the file with the proposal to admit the organization.
const ADMISSION: &str = "admission.json";

/// An organization that is to enter.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The genesis of the chain.
    pub(crate) genesis: PathBuf,
    /// The folder of it all.
    pub(crate) dir: PathBuf,
    /// The organization; where its node is reached stands in it.
    pub(crate) organization: Spec,
    /// Where its node serves HTTP.
    pub(crate) http: SocketAddr,
    /// What protects the key files.
    pub(crate) protection: Protection,
}

/// Makes keys, configuration and admission of the organization, and tells what to do with them.
///
/// # Errors
/// If the genesis or the organization is not acceptable, something of it exists already, or a file cannot be written.
pub(crate) fn enter(modules: Modules, entry: &Entry, out: &mut Output) -> Result<()> {
    let Entry { genesis, dir, organization, .. } = entry;
    ensure!(!dir.exists(), "{} exists already: choose another --dir", dir.display());
    let checked = GenesisFile::load(modules, genesis)?;
    let text = fs::read_to_string(genesis).with_context(|| format!("genesis {}", genesis.display()))?;
    let addresses = match organization.consensus {
        Some(reached) if organization.has_node => Some(NodeAddresses::new(organization, reached, entry.http)),
        _ => None,
    };
    let mut draft = Draft::new(organization, dir.clone(), addresses)?;
    let admission = admission(modules, &draft)?;
    let layout = Layout { genesis: GENESIS, reach: reach(&checked, &draft)?, chain: checked.file.chain };

    draft.write(&layout, &entry.protection)?;
    write_new(&dir.join(GENESIS), &text)?;
    write_new(&dir.join(ADMISSION), &format!("{}\n", serde_json::to_string_pretty(&admission)?))?;
    tell(entry, &checked, &draft, out)
}

/// The fields of the call `network.propose` that admits the organization: with a signature of each of its keys that sign.
fn admission(modules: Modules, draft: &Draft<'_>) -> Result<Value> {
    let about = || format!("organization `{}`", draft.spec.name);
    let member: Member = serde_json::from_value(draft.member()).with_context(about)?;
    let message = admission_message(&member);
    let keys = std::iter::once(&draft.root).chain(&draft.others);
    let consents: Vec<Signature> = keys.map(|file| file.key.sign(&message)).collect();
    let fields = json!({ "change": { "admit": { "member": member, "consents": consents } } });
    draft::call(modules, "network", "propose", &fields).with_context(about)?;
    Ok(fields)
}

/// Whether the node, or one that it connects to, has a private address. A name tells nothing of that.
fn reach(checked: &Checked, draft: &Draft<'_>) -> Result<Reach> {
    let own = draft.addresses.as_ref().map(|node| node.consensus);
    let others = genesis::nodes(checked)?.into_iter().filter_map(|(_, address)| address.parse().ok());
    Ok(Reach::of(own.into_iter().chain(others)))
}

fn tell(entry: &Entry, checked: &Checked, draft: &Draft<'_>, out: &mut Output) -> Result<()> {
    let (dir, admission) = (entry.dir.display(), entry.dir.join(ADMISSION));
    out.result(&json!({
        "chain": checked.file.chain,
        "id": draft.id(),
        "folder": entry.dir,
        "admission": admission,
        "node": draft.addresses.is_some(),
    }))?;
    out.progress(match entry.protection {
        Protection::None => "The keys are not encrypted: whoever reads a key file has the key; `epione key passphrase` encrypts it.",
        Protection::Passphrase(_) => {
            "All keys have the passphrase that you gave: choose another one for `vote.key` with `epione key passphrase`, for its \
             node must know it."
        }
    })?;
    out.progress(format_args!(
        "Have a member propose {}: `epione call network propose --fields @{} --key operations.key --wait`. There is no \
         secret in it. The organization enters when more than two thirds of the members have approved.",
        admission.display(),
        admission.display(),
    ))?;
    if draft.addresses.is_some() {
        out.progress(format_args!(
            "Start the node with `epione node --config {dir}/node.toml`: it follows the chain once the members have let the \
             organization in. A validator votes from the next epoch on.",
        ))?;
    }
    out.progress(format_args!("Take {dir}/keys/root.key offline."))?;
    Ok(())
}
